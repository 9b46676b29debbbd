// The replies of the data commands: each was compared with a Redis 7.0 server, errors included.
#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

TEST(FakeRedisData, RepliesLikeRedisStrings) {
  expect_trace(R"redis(
get a -> nil
set a 1 -> +OK
set a 2 nx -> nil
set a 2 xx get -> "1"
set b 3 nx get -> nil
set b 4 nx get -> "3"
set a 1 nx xx -> -ERR syntax error
set a 1 ex -> -ERR syntax error
set a 1 ex 0 -> -ERR invalid expire time in 'set' command
set a 1 ex -1 -> -ERR invalid expire time in 'set' command
set a 1 ex x -> -ERR value is not an integer or out of range
set a 1 px 99999999999999999999 -> -ERR value is not an integer or out of range
set a 1 ex 9223372036854775807 -> -ERR invalid expire time in 'set' command
set a 1 ex 10 px 10 -> -ERR syntax error
set a 1 keepttl ex 10 -> -ERR syntax error
set a 1 ex 100 -> +OK
ttl a -> :100
set a 2 keepttl -> +OK
ttl a -> :100
set a 2 -> +OK
ttl a -> :-1
set a -> -ERR wrong number of arguments for 'set' command
get -> -ERR wrong number of arguments for 'get' command
get a b -> -ERR wrong number of arguments for 'get' command
setnx a 1 -> :0
setnx n 1 -> :1
setex e 0 v -> -ERR invalid expire time in 'setex' command
setex e 10 v -> +OK
psetex e x v -> -ERR value is not an integer or out of range
psetex e 10000 v -> +OK
getset a 9 -> "2"
getset nokey 9 -> nil
getdel nokey -> "9"
getdel nokey -> nil
getex a -> "9"
getex a ex 100 -> "9"
ttl a -> :100
getex a persist -> "9"
ttl a -> :-1
getex a persist ex 10 -> -ERR syntax error
getex a foo -> -ERR syntax error
mget a b c n -> ["9" "3" nil "1" ]
mset a 1 b -> -ERR wrong number of arguments for 'mset' command
mset a 1 b 2 -> +OK
msetnx a 1 zz 2 -> :0
msetnx y1 1 y2 2 -> :1
msetnx y1 1 y2 -> -ERR wrong number of arguments for 'msetnx' command
append a 55 -> :3
append new x -> :1
strlen a -> :3
strlen none -> :0
incr a -> :156
incr nocount -> :1
incrby a 10 -> :166
incrby a x -> -ERR value is not an integer or out of range
decr a -> :165
decrby a 5 -> :160
decrby a -9223372036854775808 -> -ERR decrement would overflow
set big 9223372036854775807 -> +OK
incr big -> -ERR increment or decrement would overflow
set s abc -> +OK
incr s -> -ERR value is not an integer or out of range
incrbyfloat a 1.5 -> "161.5"
incrbyfloat a x -> -ERR value is not a valid float
incrbyfloat s 1 -> -ERR value is not a valid float
incrbyfloat f 3.0e3 -> "3000"
incrbyfloat f 0.1 -> "3000.10000000000000009"
incrbyfloat f 200 -> "3200.10000000000000009"
set f10 10.50 -> +OK
incrbyfloat f10 0.1 -> "10.6"
incrbyfloat f10 -5 -> "5.6"
incrbyfloat f10 inf -> -ERR increment would produce NaN or Infinity
getrange s 0 -1 -> "abc"
getrange s -2 -1 -> "bc"
getrange s 5 10 -> ""
getrange s 2 1 -> ""
getrange s -100 1 -> "ab"
setrange s 5 xy -> :7
setrange s -1 x -> -ERR offset is out of range
setrange s 536870912 x -> -ERR string exceeds maximum allowed size (proto-max-bulk-len)
setrange nos 0 "" -> :0
getrange s 0 100 -> "abc\x00\x00xy"
lpush s x -> -WRONGTYPE Operation against a key holding the wrong kind of value
hset s a b -> -WRONGTYPE Operation against a key holding the wrong kind of value
)redis");
}

TEST(FakeRedisData, RepliesLikeRedisHashes) {
  expect_trace(R"redis(
set s abc -> +OK
del h -> :0
hset h a 1 b 2 -> :2
hset h a -> -ERR wrong number of arguments for 'hset' command
hset h a 1 c -> -ERR wrong number of arguments for 'hset' command
hset h a 3 c 4 -> :1
hmset h d 5 -> +OK
hmset h d -> -ERR wrong number of arguments for 'hmset' command
hsetnx h d 1 -> :0
hsetnx h e 1 -> :1
hget h a -> "3"
hget h zz -> nil
hmget h a b zz -> ["3" "2" nil ]
hgetall h -> ["a" "3" "b" "2" "c" "4" "d" "5" "e" "1" ]
hkeys h -> ["a" "b" "c" "d" "e" ]
hvals h -> ["3" "2" "4" "5" "1" ]
hlen h -> :5
hexists h a -> :1
hexists h zz -> :0
hdel h a zz b -> :2
hincrby h n 5 -> :5
hincrby h n x -> -ERR value is not an integer or out of range
hset h t text -> :1
hincrby h t 1 -> -ERR hash value is not an integer
hincrbyfloat h t 1 -> -ERR hash value is not a float
hincrbyfloat h fl 1.5 -> "1.5"
hincrbyfloat h fl x -> -ERR value is not a valid float
hincrby h fl 1 -> -ERR hash value is not an integer
hset h mx 9223372036854775807 -> :1
hincrby h mx 1 -> -ERR increment or decrement would overflow
hstrlen h t -> :4
hstrlen h none -> :0
hscan h 0 -> ["0" ["c" "4" "d" "5" "e" "1" "n" "5" "t" "text" "fl" "1.5" "mx" "9223372036854775807" ] ]
hscan h 0 match f* -> ["0" ["fl" "1.5" ] ]
hscan h x -> -ERR invalid cursor
hscan none 0 -> ["0" [] ]
hscan h 0 count 0 -> -ERR syntax error
hscan h 0 count x -> -ERR value is not an integer or out of range
hscan h 0 count -> -ERR syntax error
hscan h 0 foo bar -> -ERR syntax error
hget s a -> -WRONGTYPE Operation against a key holding the wrong kind of value
hgetall none -> []
)redis");
}

TEST(FakeRedisData, RepliesLikeRedisLists) {
  expect_trace(R"redis(
set s abc -> +OK
rpush l a b c d e -> :5
lpush l z -> :6
lpushx none a -> :0
rpushx l f -> :7
lrange l 0 -1 -> ["z" "a" "b" "c" "d" "e" "f" ]
lrange l -3 -2 -> ["d" "e" ]
lrange l 5 1 -> []
lrange l x 1 -> -ERR value is not an integer or out of range
lrange none 0 1 -> []
llen l -> :7
lindex l 0 -> "z"
lindex l -1 -> "f"
lindex l 100 -> nil
lindex l x -> -ERR value is not an integer or out of range
lset l 0 Z -> +OK
lset l 100 Z -> -ERR index out of range
lset none 0 Z -> -ERR no such key
rpush dup a b a c a -> :5
lrem dup -2 a -> :2
lrange dup 0 -1 -> ["a" "b" "c" ]
lrem dup 1 zz -> :0
lrem dup 0 a -> :1
lrem dup x a -> -ERR value is not an integer or out of range
linsert dup before c X -> :3
linsert dup after zz X -> :-1
linsert dup foo c X -> -ERR syntax error
linsert none before c X -> :0
lrange dup 0 -1 -> ["b" "X" "c" ]
ltrim dup 1 -1 -> +OK
lrange dup 0 -1 -> ["X" "c" ]
ltrim dup 5 10 -> +OK
exists dup -> :0
lpop l -> "Z"
rpop l -> "f"
lpop l 2 -> ["a" "b" ]
lpop l 0 -> []
lpop l -1 -> -ERR value is out of range, must be positive
lpop l x -> -ERR value is out of range, must be positive
lpop none -> nil
lpop none 2 -> nilarray
lpop none 0 -> nilarray
lpop l 1 2 -> -ERR wrong number of arguments for 'lpop' command
rpop l 100 -> ["e" "d" "c" ]
exists l -> :0
rpush l a b c -> :3
lmove l m left right -> "a"
lmove l m left foo -> -ERR syntax error
lmove none m left right -> nil
rpoplpush l l -> "c"
lrange l 0 -1 -> ["c" "b" ]
rpoplpush l s -> -WRONGTYPE Operation against a key holding the wrong kind of value
rpush p a b c 1 2 3 c c -> :8
lpos p c -> :2
lpos p c rank 2 -> :6
lpos p c rank -1 -> :7
lpos p c count 2 -> [:2 :6 ]
lpos p c count 0 -> [:2 :6 :7 ]
lpos p c rank -1 count 2 -> [:7 :6 ]
lpos p c rank 0 -> -ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
lpos p c count -1 -> -ERR COUNT can't be negative
lpos p c maxlen 2 -> nil
lpos p zz -> nil
lpos p zz count 1 -> []
lpos p c foo 1 -> -ERR syntax error
lpos p c rank -> -ERR syntax error
lmpop 1 p left -> ["p" ["a" ] ]
lmpop 1 p left count 2 -> ["p" ["b" "c" ] ]
lmpop 2 none p right count 2 -> ["p" ["c" "c" ] ]
lmpop 0 p left -> -ERR numkeys should be greater than 0
lmpop x p left -> -ERR numkeys should be greater than 0
lmpop 1 p foo -> -ERR syntax error
lmpop 1 p left count 0 -> -ERR count should be greater than 0
lmpop 1 none left -> nilarray
lmpop 3 p left -> -ERR syntax error
)redis");
}

TEST(FakeRedisData, RepliesLikeRedisSets) {
  expect_trace(R"redis(
set s abc -> +OK
sadd set 1 2 3 -> :3
sadd set 1 4 -> :1
smembers set -> ["1" "2" "3" "4" ]
sismember set 1 -> :1
smismember set 1 9 -> [:1 :0 ]
smismember none 1 9 -> [:0 :0 ]
scard set -> :4
srem set 1 9 -> :1
spop none -> nil
spop none 2 -> []
spop set -1 -> -ERR value is out of range, must be positive
spop set x -> -ERR value is out of range, must be positive
spop set 1 2 -> -ERR syntax error
srandmember none -> nil
srandmember none 2 -> []
srandmember set x -> -ERR value is not an integer or out of range
smove set set2 2 -> :1
smove set set2 99 -> :0
smove none set2 1 -> :0
smembers set2 -> ["2" ]
sinter set set2 -> []
sunion none set2 -> ["2" ]
sdiff set none -> ["3" "4" ]
sinterstore dst set set2 -> :0
sunionstore dst set2 -> :1
sinter set s -> -WRONGTYPE Operation against a key holding the wrong kind of value
sintercard 2 set set2 -> :0
sintercard 0 set -> -ERR numkeys should be greater than 0
sintercard 1 set limit 1 -> :1
sintercard 1 set limit -1 -> -ERR LIMIT can't be negative
sintercard 3 set -> -ERR Number of keys can't be greater than number of args
sadd s 1 -> -WRONGTYPE Operation against a key holding the wrong kind of value
)redis");
}

TEST(FakeRedisData, RepliesLikeRedisSortedSets) {
  expect_trace(R"redis(
set s abc -> +OK
zadd z 1 a 2 b 3 c -> :3
zadd z nx 5 a 4 d -> :1
zadd z xx ch 5 a 9 zz -> :1
zadd z gt ch 1 a -> :0
zadd z lt ch 1 a -> :1
zadd z gt lt 1 a -> -ERR GT, LT, and/or NX options at the same time are not compatible
zadd z nx gt 1 a -> -ERR GT, LT, and/or NX options at the same time are not compatible
zadd z nx xx 1 a -> -ERR XX and NX options at the same time are not compatible
zadd z incr 5 a -> "6"
zadd z incr 5 a 6 b -> -ERR INCR option supports a single increment-element pair
zadd z xx incr 5 nope -> nil
zadd z nx incr 5 a -> nil
zadd z ch -> -ERR wrong number of arguments for 'zadd' command
zadd z 1 -> -ERR wrong number of arguments for 'zadd' command
zadd z x a -> -ERR value is not a valid float
zadd z 1 a 2 -> -ERR syntax error
zadd none xx 1 a -> :0
zadd z nan a -> -ERR value is not a valid float
zadd z inf i -inf j -> :2
zadd z incr -inf i -> -ERR resulting score is not a number (NaN)
zrange z 0 -1 withscores -> ["j" "-inf" "b" "2" "c" "3" "d" "4" "a" "6" "i" "inf" ]
zincrby z 2 a -> "8"
zincrby z x a -> -ERR value is not a valid float
zincrby z 1.5 new -> "1.5"
zscore z new -> "1.5"
zscore z none -> nil
zscore none none -> nil
zmscore z a none b -> ["8" nil "2" ]
zmscore none a -> [nil ]
zadd zw 1770000000000001 w 9007199254740991 x 9007199254740993 y -> :3
zmscore zw w x y -> ["1770000000000001" "9007199254740991" "9007199254740992" ]
zcard z -> :7
zcount z -inf +inf -> :7
zcount z (1 5 -> :4
zcount z x 5 -> -ERR min or max is not a float
zcount z 1 (x -> -ERR min or max is not a float
zrank z b -> :2
zrank z none -> nil
zrevrank z b -> :4
zrank none b -> nil
zrange z 0 1 -> ["j" "new" ]
zrange z -2 -1 withscores -> ["a" "8" "i" "inf" ]
zrange z 0 -1 rev -> ["i" "a" "d" "c" "b" "new" "j" ]
zrange z 1 5 byscore -> ["new" "b" "c" "d" ]
zrange z 5 1 byscore rev -> ["d" "c" "b" "new" ]
zrange z 1 5 byscore limit 1 1 -> ["b" ]
zrange z -inf +inf byscore limit 0 -1 -> ["j" "new" "b" "c" "d" "a" "i" ]
zrange z -inf +inf byscore limit -1 2 -> []
zrange z 0 1 limit 1 1 -> -ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
zrange z - + bylex -> ["j" "new" "b" "c" "d" "a" "i" ]
zrange z - + bylex withscores -> -ERR syntax error, WITHSCORES not supported in combination with BYLEX
zrange z [a (c bylex -> []
zrange z a c bylex -> -ERR min or max not valid string range item
zrange z 1 x byscore -> -ERR min or max is not a float
zrange z x 1 -> -ERR value is not an integer or out of range
zrange z 0 1 foo -> -ERR syntax error
zrange z 0 1 byscore bylex -> -ERR syntax error
zrange z 0 1 byscore limit 1 -> -ERR syntax error
zrange none 0 1 -> []
zrangebyscore z 1 5 -> ["new" "b" "c" "d" ]
zrangebyscore z (1 5 withscores limit 0 1 -> ["new" "1.5" ]
zrangebyscore z x 5 -> -ERR min or max is not a float
zrangebyscore none 1 5 limit 0 x -> -ERR value is not an integer or out of range
zrevrangebyscore z 5 1 withscores -> ["d" "4" "c" "3" "b" "2" "new" "1.5" ]
zrevrange z 0 1 withscores -> ["i" "inf" "a" "8" ]
zrevrange z 0 1 limit 0 1 -> -ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
zrangebyscore z 1 5 rev -> -ERR syntax error
zadd lex 0 a 0 b 0 c 0 d 0 e -> :5
zrangebylex lex - + -> ["a" "b" "c" "d" "e" ]
zrangebylex lex [b (d -> ["b" "c" ]
zrangebylex lex (b + -> ["c" "d" "e" ]
zrangebylex lex b d -> -ERR min or max not valid string range item
zrevrangebylex lex + - limit 1 2 -> ["d" "c" ]
zlexcount lex - (c -> :2
zremrangebylex lex [a [b -> :2
zremrangebyscore z 1 (3 -> :2
zremrangebyscore z 1 x -> -ERR min or max is not a float
zremrangebyrank z 0 0 -> :1
zremrangebyrank z 5 1 -> :0
zremrangebyrank none 0 1 -> :0
zrange z 0 -1 withscores -> ["c" "3" "d" "4" "a" "8" "i" "inf" ]
zpopmin z -> ["c" "3" ]
zpopmax z 2 -> ["i" "inf" "a" "8" ]
zpopmin z 0 -> []
zpopmin z -1 -> -ERR value is out of range, must be positive
zpopmin z x -> -ERR value is out of range, must be positive
zpopmin none -> []
zpopmin z 1 2 -> -ERR syntax error
zadd z 1 a 2 b 3 c -> :3
zmpop 1 z min -> ["z" [["a" "1" ] ] ]
zmpop 1 z max count 5 -> ["z" [["d" "4" ] ["c" "3" ] ["b" "2" ] ] ]
zmpop 0 z max -> -ERR numkeys should be greater than 0
zmpop 1 none max -> nilarray
zmpop 1 z foo -> -ERR syntax error
zadd za 1 a 2 b -> :2
zadd zb 10 b 20 c -> :2
zunionstore zu 2 za zb -> :3
zrange zu 0 -1 withscores -> ["a" "1" "b" "12" "c" "20" ]
zinterstore zi 2 za zb weights 2 3 aggregate max -> :1
zrange zi 0 -1 withscores -> ["b" "30" ]
zdiffstore zd 2 za zb -> :1
zunion 2 za zb withscores -> ["a" "1" "b" "12" "c" "20" ]
zinter 2 za zb -> ["b" ]
zdiff 2 za zb withscores -> ["a" "1" ]
zunion 0 za -> -ERR at least 1 input key is needed for 'zunion' command
zunion x za -> -ERR value is not an integer or out of range
zunion 3 za zb -> -ERR syntax error
zunion 2 za zb weights 1 -> -ERR syntax error
zunion 2 za zb weights 1 x -> -ERR weight value is not a float
zunion 2 za zb aggregate foo -> -ERR syntax error
zrangestore zr za 0 -1 -> :2
zrangestore zr za 0 -1 withscores -> -ERR syntax error
zrangestore zr none 0 -1 -> :0
zrange zr 0 -1 -> []
zscan za 0 -> ["0" ["a" "1" "b" "2" ] ]
zscan za 0 match b -> ["0" ["b" "2" ] ]
zadd za 3.14 pi 1e20 big 0.1 tenth -> :3
zrange za 0 -1 withscores -> ["tenth" "0.10000000000000001" "a" "1" "b" "2" "pi" "3.1400000000000001" "big" "1e+20" ]
zadd za 1e16 x16 -> :1
zscore za x16 -> "10000000000000000"
zrem za a nope -> :1
zrem none a -> :0
set s str -> +OK
zadd s 1 a -> -WRONGTYPE Operation against a key holding the wrong kind of value
zrange s 0 1 -> -WRONGTYPE Operation against a key holding the wrong kind of value
zrangebyscore s 0 1 -> -WRONGTYPE Operation against a key holding the wrong kind of value
)redis");
}

TEST(FakeRedisData, RepliesLikeRedisKeys) {
  expect_trace(R"redis(
set s str -> +OK
zadd za 1 a -> :1
zadd zb2 1 a -> :1
zadd zu 1 a -> :1
exists s za none s -> :3
type za -> +zset
type s -> +string
type none -> +none
touch s none -> :1
unlink s none -> :1
rename none x -> -ERR no such key
rename za zb2 -> +OK
renamenx zb2 zu -> :0
renamenx zb2 fresh -> :1
rename fresh fresh -> +OK
copy fresh fresh2 -> :1
copy fresh fresh2 -> :0
copy fresh fresh2 replace -> :1
copy fresh fresh -> -ERR source and destination objects are the same
copy fresh fresh3 db 99 -> -ERR DB index is out of range
copy fresh fresh3 foo -> -ERR syntax error
copy none fresh3 -> :0
expire fresh 100 -> :1
expire fresh 100 nx -> :0
expire fresh 200 gt -> :1
expire fresh 300 lt -> :0
expire fresh 100 xx -> :1
expire fresh 100 foo -> -ERR Unsupported option foo
expire fresh 100 nx xx -> -ERR NX and XX, GT or LT options at the same time are not compatible
expire fresh 100 gt lt -> -ERR GT and LT options at the same time are not compatible
expire fresh x -> -ERR value is not an integer or out of range
expire fresh 9223372036854775807 -> -ERR invalid expire time in 'expire' command
expire none 10 -> :0
ttl fresh -> :100
persist fresh -> :1
persist fresh -> :0
persist none -> :0
ttl fresh -> :-1
ttl none -> :-2
pttl none -> :-2
expire fresh 100 gt -> :0
expire fresh 100 lt -> :1
ttl fresh -> :100
pexpireat fresh 33177117420000 -> :1
pexpiretime fresh -> :33177117420000
expiretime fresh -> :33177117420
expireat fresh 33177117420 -> :1
expiretime none -> :-2
expire fresh -1 -> :1
exists fresh -> :0
pexpire zu 100000 -> :1
ttl zu -> :100
select 1 -> +OK
dbsize -> :0
set only1 1 -> +OK
dbsize -> :1
keys * -> ["only1" ]
move only1 0 -> :1
select 0 -> +OK
exists only1 -> :1
select 16 -> -ERR DB index is out of range
select x -> -ERR value is not an integer or out of range
select -1 -> -ERR DB index is out of range
randomkey x -> -ERR wrong number of arguments for 'randomkey' command
keys -> -ERR wrong number of arguments for 'keys' command
object encoding only1 -> "int"
object foo x -> -ERR unknown subcommand 'foo'. Try OBJECT HELP.
object -> -ERR wrong number of arguments for 'object' command
swapdb 0 1 -> +OK
swapdb x 1 -> -ERR invalid first DB index
swapdb 0 y -> -ERR invalid second DB index
swapdb 0 99 -> -ERR DB index is out of range
dbsize -> :0
swapdb 0 1 -> +OK
scan 0 foo -> -ERR syntax error
scan x -> -ERR invalid cursor
scan 0 count 0 -> -ERR syntax error
scan 0 type string count 1000 -> ["0" ["only1" ] ]
scan 0 match only* count 1000 -> ["0" ["only1" ] ]
flushdb foo -> -ERR syntax error
)redis");
}

}  // namespace
}  // namespace fakes::redis
