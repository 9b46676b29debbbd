namespace core {

thread_local int depth = 0;  // expect: thread-local

}  // namespace core
