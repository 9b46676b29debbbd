// The replies about connections, transactions, waiting and scripts: each was compared with a Redis 7.0 server.
#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

TEST(FakeRedisReplies, LikeRedisUnknownCommands) {
  expect_trace(R"redis(
foo -> -ERR unknown command 'foo', with args beginning with: 
foo a b -> -ERR unknown command 'foo', with args beginning with: 'a' 'b' 
FOO "a b" c -> -ERR unknown command 'FOO', with args beginning with: 'a b' 'c' 
GET -> -ERR wrong number of arguments for 'get' command
)redis");
}

TEST(FakeRedisReplies, LikeRedisConnection) {
  expect_trace(R"redis(
time x -> -ERR wrong number of arguments for 'time' command
echo a -> "a"
echo -> -ERR wrong number of arguments for 'echo' command
ping -> +PONG
ping a -> "a"
ping a b -> -ERR wrong number of arguments for 'ping' command
client id x -> -ERR wrong number of arguments for 'client|id' command
client foo -> -ERR unknown subcommand 'foo'. Try CLIENT HELP.
client -> -ERR wrong number of arguments for 'client' command
client setname "a b" -> -ERR Client names cannot contain spaces, newlines or special characters.
client setname ab -> +OK
client getname -> "ab"
client setname "" -> +OK
client getname -> nil
client no-evict on -> +OK
client no-evict foo -> -ERR syntax error
client unblock 99999 -> :0
client unblock x -> -ERR value is not an integer or out of range
auth x -> -ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?
auth default x -> +OK
auth foo bar -> -WRONGPASS invalid username-password pair or user is disabled.
hello 4 -> -NOPROTO unsupported protocol version
hello x -> -ERR Protocol version is not an integer or out of range
hello 2 foo -> -ERR Syntax error in HELLO option 'foo'
hello 2 auth foo bar -> -WRONGPASS invalid username-password pair or user is disabled.
hello 2 auth foo -> -ERR Syntax error in HELLO option 'auth'
hello 2 setname "a b" -> -ERR Client names cannot contain spaces, newlines or special characters.
config get databases -> ["databases" "16" ]
config get nothinglikeit -> []
config foo -> -ERR unknown subcommand 'foo'. Try CONFIG HELP.
command count x -> -ERR wrong number of arguments for 'command|count' command
wait 0 0 -> :0
wait x 0 -> -ERR value is not an integer or out of range
)redis");
}

TEST(FakeRedisReplies, LikeRedisTransactions) {
  expect_trace(R"redis(
multi -> +OK
set a 1 -> +QUEUED
get -> -ERR wrong number of arguments for 'get' command
exec -> -EXECABORT Transaction discarded because of previous errors.
multi -> +OK
set a 1 -> +QUEUED
incr a -> +QUEUED
lpush a b -> +QUEUED
exec -> [+OK :2 -WRONGTYPE Operation against a key holding the wrong kind of value ]
multi -> +OK
multi -> -ERR MULTI calls can not be nested
exec -> []
exec -> -ERR EXEC without MULTI
discard -> -ERR DISCARD without MULTI
multi -> +OK
set a 5 -> +QUEUED
discard -> +OK
watch a -> +OK
@b set a 6 -> +OK
multi -> +OK
set a 7 -> +QUEUED
exec -> nilarray
get a -> "6"
multi -> +OK
watch a -> -ERR WATCH inside MULTI is not allowed
set a 8 -> +QUEUED
exec -> [+OK ]
watch -> -ERR wrong number of arguments for 'watch' command
unwatch -> +OK
multi -> +OK
foo -> -ERR unknown command 'foo', with args beginning with: 
exec -> -EXECABORT Transaction discarded because of previous errors.
watch nokey -> +OK
multi -> +OK
exec -> []
multi -> +OK
ping -> +QUEUED
echo hi -> +QUEUED
time x -> -ERR wrong number of arguments for 'time' command
exec -> -EXECABORT Transaction discarded because of previous errors.
multi -> +OK
blpop nolist 0 -> +QUEUED
brpoplpush nolist x 0 -> +QUEUED
blmove nolist x left right 0 -> +QUEUED
blmpop 0 1 nolist left -> +QUEUED
bzpopmin nolist 0 -> +QUEUED
exec -> [nilarray nil nil nilarray nilarray ]
)redis");
}

TEST(FakeRedisReplies, LikeRedisBlocking) {
  expect_trace(R"redis(
set a 1 -> +OK
zadd zb 1 x 2 y -> :2
zadd zu 1 m -> :1
blpop a -> -ERR wrong number of arguments for 'blpop' command
blpop a x -> -ERR timeout is not a float or out of range
blpop a -1 -> -ERR timeout is negative
blpop a 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
blmove a b left foo 0 -> -ERR syntax error
rpush bl 1 2 3 -> :3
blpop none bl 0 -> ["bl" "1" ]
brpop bl 1 -> ["bl" "3" ]
brpoplpush bl bl2 0 -> "2"
blmpop 0 1 bl2 left -> ["bl2" ["2" ] ]
blmpop x 1 bl2 left -> -ERR timeout is not a float or out of range
bzpopmin zb 0 -> ["zb" "x" "1" ]
bzpopmax zb 0 -> ["zb" "y" "2" ]
bzmpop 0 1 zu min -> ["zu" [["m" "1" ] ] ]
blpop nolist 0.01 -> nilarray
bzpopmin nolist 0.01 -> nilarray
blmove nolist x left right 0.01 -> nilarray
)redis");
}

TEST(FakeRedisReplies, LikeRedisPublishSubscribe) {
  expect_trace(R"redis(
publish ch msg -> :0
pubsub numsub a b -> ["a" :0 "b" :0 ]
pubsub channels -> []
pubsub foo -> -ERR unknown subcommand 'foo'. Try PUBSUB HELP.
pubsub numpat -> :0
@c subscribe ch -> ["subscribe" "ch" :1 ]
@c get a -> -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
@c ping -> ["pong" "" ]
@c ping x -> ["pong" "x" ]
@c unsubscribe -> ["unsubscribe" "ch" :0 ]
@c get a -> nil
@c unsubscribe -> ["unsubscribe" nil :0 ]
@c punsubscribe -> ["punsubscribe" nil :0 ]
)redis");
}

TEST(FakeRedisReplies, LikeRedisScripts) {
  expect_trace(R"redis(
set s abc -> +OK
eval 'return redis.call("incr")' 0 -> -ERR Wrong number of args calling Redis command from script script: SHA, on @user_script:1.
eval 'return redis.call("nope")' 0 -> -ERR Unknown Redis command called from script script: SHA, on @user_script:1.
eval 'return redis.call()' 0 -> -ERR Please specify at least one argument for this redis lib call script: SHA, on @user_script:1.
eval 'return redis.call({})' 0 -> -ERR Lua redis lib command arguments must be strings or integers script: SHA, on @user_script:1.
eval 'return redis.pcall("nope")' 0 -> -ERR Unknown Redis command called from script
eval 'return redis.pcall({})' 0 -> -ERR Lua redis lib command arguments must be strings or integers
eval 'return redis.call("lpush","s","x")' 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value script: SHA, on @user_script:1.
eval 'return redis.pcall("lpush","s","x")' 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
eval 'x=1' 0 -> -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.
eval 'return x' 0 -> -ERR user_script:1: Script attempted to access nonexistent global variable 'x' script: SHA, on @user_script:1.
eval 'return {err="MY thing"}' 0 -> -MY thing
eval 'return {err="thing"}' 0 -> -thing
eval 'return redis.error_reply("thing")' 0 -> -ERR thing
eval 'return redis.error_reply("-MY thing")' 0 -> -MY thing
eval 'return redis.error_reply("-thing")' 0 -> -ERR thing
eval 'return redis.error_reply("MY thing")' 0 -> -MY thing
eval 'return redis.error_reply("")' 0 -> -ERR 
eval 'error("boo")' 0 -> -ERR user_script:1: boo script: SHA, on @user_script:1.
eval 'error({err="MY boo"})' 0 -> -MY boo script: SHA, on @user_script:1.
eval 'error({err="boo"})' 0 -> -boo script: SHA, on @user_script:1.
eval 'error()' 0 -> -ERR nil script: SHA, on @user_script:1.
eval 'error(5)' 0 -> -ERR user_script:1: 5 script: SHA, on @user_script:1.
eval 'error("x",0)' 0 -> -ERR x script: SHA, on @user_script:1.
eval 'error("x",2)' 0 -> -ERR x script: SHA, on @user_script:1.
eval 'local a = nil; return a.b' 0 -> -ERR user_script:1: attempt to index local 'a' (a nil value) script: SHA, on @user_script:1.
eval 'return 1 +' 0 -> -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'
eval 'return (' 0 -> -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'
eval 'return redis.status_reply("fine")' 0 -> +fine
eval 'return {ok="fine"}' 0 -> +fine
eval 'redis.foo=1' 0 -> -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.
eval 'string.foo=1' 0 -> -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.
eval 'return redis.call("multi")' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("blpop","q",0)' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("subscribe","q")' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("client","id")' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("config","get","databases")' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("script","load","x")' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("object","encoding","s")' 0 -> "embstr"
eval 'return redis.call("object","foo","s")' 0 -> -ERR Unknown Redis command called from script script: SHA, on @user_script:1.
eval 'return redis.call("object")' 0 -> -ERR Wrong number of args calling Redis command from script script: SHA, on @user_script:1.
eval 'return redis.call("ping")' 0 -> +PONG
eval 'return redis.call("wait",0,0)' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("auth","x")' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("publish","c","x")' 0 -> :0
eval 'return 1' 5 -> -ERR Number of keys can't be greater than number of args
eval 'return 1' -1 -> -ERR Number of keys can't be negative
eval 'return 1' x -> -ERR value is not an integer or out of range
eval x -> -ERR wrong number of arguments for 'eval' command
eval 'return {1,2,nil,4}' 0 -> [:1 :2 ]
eval 'return {1,2,false,4}' 0 -> [:1 :2 nil :4 ]
eval 'return 3.99' 0 -> :3
eval 'return -3.99' 0 -> :-3
eval 'return "x"' 0 -> "x"
eval 'return nil' 0 -> nil
eval 'return' 0 -> nil
eval 'return true' 0 -> :1
eval 'return false' 0 -> nil
eval 'return {}' 0 -> []
eval 'return {a=1}' 0 -> []
eval 'return 1e300' 0 -> :-9223372036854775808
eval 'return -1e300' 0 -> :-9223372036854775808
eval 'return 0/0' 0 -> :-9223372036854775808
eval 'return 9007199254740993' 0 -> :9007199254740992
eval 'return {double=3.5}' 0 -> "3.5"
eval 'return {map={a=1}}' 0 -> ["a" :1 ]
eval 'return {set={a=true}}' 0 -> ["a" ]
eval 'return {1,{2,3},"x",false,true}' 0 -> [:1 [:2 :3 ] "x" nil :1 ]
eval 'return redis.call("get","none")' 0 -> nil
eval 'return {redis.call("get","none")}' 0 -> [nil ]
eval 'return redis.call("set","k",1.5)' 0 -> +OK
eval 'return redis.call("get","k")' 0 -> "1.5"
eval 'redis.call("set","k",3.0) return redis.call("get","k")' 0 -> "3"
eval 'redis.call("set","k",1e20) return redis.call("get","k")' 0 -> "1e+20"
eval 'redis.call("set","k",-0) return redis.call("get","k")' 0 -> "-0"
eval 'redis.call("set","k",0.1) return redis.call("get","k")' 0 -> "0.10000000000000001"
eval 'redis.call("set","k",12345678901234567) return redis.call("get","k")' 0 -> "12345678901234568"
eval 'redis.call("set","k",1/0) return redis.call("get","k")' 0 -> "inf"
eval 'return type(redis.call("get","none"))' 0 -> "boolean"
eval 'return redis.call("set","k","v").ok' 0 -> "OK"
eval 'return redis.pcall("lpush","k","v").err' 0 -> "WRONGTYPE Operation against a key holding the wrong kind of value"
eval 'return redis.call("mget","k","none")' 0 -> ["v" nil ]
eval 'return {KEYS[1],KEYS[2],ARGV[1],ARGV[2]}' 2 a b c d -> ["a" "b" "c" "d" ]
eval 'return #KEYS' 0 -> :0
eval 'KEYS[1]="z" return KEYS[1]' 1 a -> "z"
eval 'KEYS={} return 1' 1 a -> -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.
eval 'return redis.sha1hex("")' 0 -> "da39a3ee5e6b4b0d3255bfef95601890afd80709"
eval 'return redis.error_reply()' 0 -> -ERR wrong number or type of arguments
eval 'return redis.sha1hex()' 0 -> -ERR wrong number of arguments script: SHA, on @user_script:1.
eval 'math.randomseed(7) return {math.random(100),math.random(100),math.random(100)}' 0 -> [:27 :69 :27 ]
eval 'return math.random(0)' 0 -> -ERR user_script:1: bad argument #1 to 'random' (interval is empty) script: SHA, on @user_script:1.
eval 'return math.random(1,2,3)' 0 -> -ERR user_script:1: wrong number of arguments script: SHA, on @user_script:1.
eval 'return redis.setresp(5)' 0 -> -ERR RESP version must be 2 or 3. script: SHA, on @user_script:1.
eval 'return redis.setresp()' 0 -> -ERR redis.setresp() requires one argument. script: SHA, on @user_script:1.
eval 'redis.setresp(3) return redis.call("hgetall","nope")' 0 -> []
eval 'redis.setresp(3) redis.call("del","hh") redis.call("hset","hh","a","b") return redis.call("hgetall","hh").map.a' 0 -> "b"
eval 'redis.setresp(3) redis.call("zadd","zz",1.5,"m") return redis.call("zscore","zz","m")' 0 -> "1.5"
eval 'return cjson.encode({1,2,{a="x/y\n\1",b=1.5,c=cjson.null},{}})' 0 -> "[1,2,{"a":"x\/y\n\u0001","c":null,"b":1.5},{}]"
eval 'return cjson.encode({[1]=1,[50]=2})' 0 -> -ERR user_script:1: Cannot serialise table: excessively sparse array script: SHA, on @user_script:1.
eval 'return cjson.encode({[1]=1,[3]=2})' 0 -> "[1,null,2]"
eval 'return cjson.encode({[{}]=1})' 0 -> -ERR user_script:1: Cannot serialise table: table key must be a number or string script: SHA, on @user_script:1.
eval 'return cjson.encode(redis.call)' 0 -> -ERR user_script:1: Cannot serialise function: type not supported script: SHA, on @user_script:1.
eval 'return cjson.encode({[1.5]=1})' 0 -> "{"1.5":1}"
eval 'return cjson.encode({1e15, 1e14, 123456789012345, 0.1, 1/3, -5, 1e300})' 0 -> "[1e+15,1e+14,1.2345678901234e+14,0.1,0.33333333333333,-5,1e+300]"
eval 'return cjson.encode("\127\200")' 0 -> ""\u007f\xc8""
eval 'return cjson.encode(true)' 0 -> "true"
eval 'return cjson.encode(nil)' 0 -> "null"
eval 'return cjson.encode()' 0 -> -ERR user_script:1: bad argument #1 to 'encode' (expected 1 argument) script: SHA, on @user_script:1.
eval 'return cjson.encode({1,nil,3})' 0 -> "[1,null,3]"
eval 'local t={} for i=1,1100 do t={t} end return cjson.encode(t)' 0 -> -ERR user_script:1: Cannot serialise, excessive nesting (1001) script: SHA, on @user_script:1.
eval 'return cjson.decode("")' 0 -> -ERR user_script:1: Expected value but found T_END at character 1 script: SHA, on @user_script:1.
eval 'return cjson.decode("nope")' 0 -> -ERR user_script:1: Expected value but found invalid token at character 1 script: SHA, on @user_script:1.
eval 'return cjson.decode("[1,2.5,\"x\",null,true,{\"a\":[]}]")' 0 -> [:1 :2 "x" nil :1 [] ]
eval 'return cjson.decode("{\"a\":{\"b\":[1,2,3]}}").a.b' 0 -> [:1 :2 :3 ]
eval 'return tostring(cjson.decode("0.1"))' 0 -> "0.1"
eval 'return tostring(cjson.decode("[null]")[1]==cjson.null)' 0 -> "true"
eval 'return cjson.decode("\"\\u00e9\\n\"")' 0 -> "\xc3\xa9\x0a"
eval 'return cjson.decode(nil)' 0 -> -ERR user_script:1: bad argument #1 to 'decode' (string expected, got nil) script: SHA, on @user_script:1.
eval 'return cjson.encode(0/0)' 0 -> -ERR user_script:1: Cannot serialise number: must not be NaN or Inf script: SHA, on @user_script:1.
eval 'return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM, redis.LOG_WARNING}' 0 -> ["7.0.15" :458767 :3 ]
eval 'return redis.log(redis.LOG_WARNING,"x")' 0 -> nil
eval 'return redis.log("x")' 0 -> -ERR redis.log() requires two arguments or more. script: SHA, on @user_script:1.
eval 'return redis.log("x","y")' 0 -> -ERR First argument must be a number (log level). script: SHA, on @user_script:1.
eval 'return redis.log(10,"y")' 0 -> -ERR Invalid debug level. script: SHA, on @user_script:1.
eval 'return redis.call("select","3")' 0 -> +OK
set after 1 -> +OK
eval 'return tostring(1e15)..tostring(0.1)' 0 -> "1e+150.1"
evalsha abc 0 -> -NOSCRIPT No matching script. Please use EVAL.
evalsha_ro ffffffffffffffffffffffffffffffffffffffff 0 -> -NOSCRIPT No matching script. Please use EVAL.
eval_ro 'return redis.call("set","a","b")' 0 -> -ERR Write commands are not allowed from read-only scripts. script: SHA, on @user_script:1.
eval_ro 'return redis.call("get","after")' 0 -> "1"
eval_ro 'return redis.call("publish","after","x")' 0 -> -ERR Write commands are not allowed from read-only scripts. script: SHA, on @user_script:1.
script load 'return (' -> -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'
eval '#!lua flags=no-writes\nreturn 1' 0 -> -ERR Invalid script shebang
eval "#!lua\nreturn 1" 0 -> :1
eval "#!lua flags=no-writes\nreturn redis.call('set','a','b')" 0 -> -ERR Write commands are not allowed from read-only scripts. script: SHA, on @user_script:2.
eval "#!foo\nreturn 1" 0 -> -ERR Unexpected engine in script shebang: #!foo
eval "#!lua flags=foo\nreturn 1" 0 -> -ERR Unexpected flag in script shebang: foo
eval "#!lua bar\nreturn 1" 0 -> -ERR Unknown lua shebang option: bar
eval 'return pcall(redis.call,"lpush","s","x")' 0 -> nil
eval 'local ok,e = pcall(redis.call,"lpush","s","x"); return e.err' 0 -> nil
eval 'local ok,e = pcall(redis.call,"lpush","s","x"); return e' 0 -> "WRONGTYPE Operation against a key holding the wrong kind of value"
eval 'local ok,e = pcall(function() error("x") end); return e' 0 -> "user_script:1: x"
eval "local f = function() return redis.call('lpush','s','x') end\nlocal y = 1\nf()" 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value script: SHA, on @user_script:1.
eval "local f = function()\n return redis.call('lpush','s','x') end\nlocal y = 1\nf()" 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value script: SHA, on @user_script:2.
eval 'return string.format("%d %s %5.2f", 5, "x", 1.5)' 0 -> "5 x  1.50"
eval 'return ("abc"):upper()' 0 -> "ABC"
eval 'return table.concat({1,2,3},",")' 0 -> "1,2,3"
eval 'local t={3,1,2} table.sort(t) return t' 0 -> [:1 :2 :3 ]
eval 'return unpack({1,2,3})' 0 -> :1
eval 'return select("#",1,2,3)' 0 -> :3
eval 'return tonumber("0x10")' 0 -> :16
eval 'return tostring(nil)' 0 -> "nil"
eval 'return {bit.band(255,15),bit.bor(1,2),bit.bxor(3,1),bit.lshift(1,4),bit.rshift(-1,28),bit.arshift(-16,2),bit.bnot(0),bit.tobit(4294967295)}' 0 -> [:15 :3 :2 :16 :15 :-4 :-1 :-1 ]
eval 'return print("x")' 0 -> -ERR user_script:1: Script attempted to access nonexistent global variable 'print' script: SHA, on @user_script:1.
eval 'return os.time()' 0 -> -ERR user_script:1: Script attempted to access nonexistent global variable 'os' script: SHA, on @user_script:1.
eval 'return require("x")' 0 -> -ERR user_script:1: Script attempted to access nonexistent global variable 'require' script: SHA, on @user_script:1.
eval 'local co = coroutine.wrap(function(a) coroutine.yield(a) return 2 end) return {co(1),co()}' 0 -> [:1 :2 ]
eval 'return _VERSION' 0 -> "Lua 5.1"
eval 'return _G.nothing' 0 -> -ERR user_script:1: Script attempted to access nonexistent global variable 'nothing' script: SHA, on @user_script:1.
eval '_G.x = 1' 0 -> -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.
eval 'return redis.call("eval","return 1",0)' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("GET","after")' 0 -> "1"
eval 'return redis.call("hello",3)' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("quit")' 0 -> -ERR This Redis command is not allowed from script script: SHA, on @user_script:1.
eval 'return redis.call("spop","none")' 0 -> nil
eval 'return redis.call("zpopmin","none")' 0 -> []
eval 'return redis.call("lpop","none",2)' 0 -> nil
eval 'redis.call("zadd","q",5,"x",7,"y") return redis.call("zrangebyscore","q","-inf",6,"withscores","limit",0,1)' 0 -> ["x" "5" ]
multi -> +OK
eval 'return redis.call("set","m","1")' 0 -> +QUEUED
evalsha nonexist 0 -> +QUEUED
exec -> [+OK -NOSCRIPT No matching script. Please use EVAL. ]
script exists a -> [:0 ]
script load "return 1" -> "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
script exists e0e1f9fabfc9d4800c877a703b823ac0578ff8db -> [:1 ]
evalsha E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0 -> :1
script flush foo -> -ERR SCRIPT FLUSH only support SYNC|ASYNC option
script flush async -> +OK
evalsha E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0 -> -NOSCRIPT No matching script. Please use EVAL.
evalsha_ro x 0 -> -NOSCRIPT No matching script. Please use EVAL.
script kill -> -NOTBUSY No scripts in execution right now.
)redis");
}

}  // namespace
}  // namespace fakes::redis
