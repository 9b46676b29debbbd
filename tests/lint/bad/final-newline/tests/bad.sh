# Ends with more than one. expect: final-newline

