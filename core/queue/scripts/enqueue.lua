-- script: enqueue
return 1
