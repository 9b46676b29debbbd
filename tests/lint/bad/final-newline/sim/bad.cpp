// Ends without a newline.
int value = 1;  // expect: final-newline