#include <string>

using namespace std;  // expect: using-namespace-std
