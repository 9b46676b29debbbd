# Libraries that `./dev setup` has unpacked, because the machine has another version of them that excludes ours
# (packages.exclusive.txt), are found before those that are installed.

set(packages $ENV{REHEARSE_PACKAGES})
if(NOT packages)
  set(packages ${CMAKE_SOURCE_DIR}/build/packages)
endif()
set(REHEARSE_PACKAGES ${packages} CACHE PATH "Where ./dev setup has unpacked libraries")

if(IS_DIRECTORY ${REHEARSE_PACKAGES}/usr)
  list(PREPEND CMAKE_PREFIX_PATH ${REHEARSE_PACKAGES}/usr)
endif()

# clang knows the libc++ that lies beside itself, or that of the system: neither is the unpacked one.
function(rehearse_use_unpacked_libcxx)
  set(llvm ${REHEARSE_PACKAGES}/usr/lib/llvm-19)
  if(IS_DIRECTORY ${llvm}/include/c++/v1)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-nostdinc++> $<$<COMPILE_LANGUAGE:CXX>:-isystem${llvm}/include/c++/v1>)
    add_link_options(-L${llvm}/lib -Wl,-rpath,${llvm}/lib)
  endif()
endfunction()
