#include <iostream>  // expect: iostream
