# Writes a header that puts the hash of the CUDA sources into what is compiled with it.
#   cmake -DFOLDER=kernels/cuda -DOUTPUT=sources.h -P SourcesHash.cmake
# The hash is that of
#   cd kernels/cuda && LC_ALL=C sha256sum *.cu *.cuh | LC_ALL=C sort -k 2 | sha256sum
# so that anybody can compute it again. The header is written only when it changes.
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*.cu ${FOLDER}/*.cuh)
list(SORT files COMPARE STRING)
set(text "")
foreach(file IN LISTS files)
  file(SHA256 ${FOLDER}/${file} hash)
  string(APPEND text "${hash}  ${file}\n")
endforeach()
string(SHA256 hash "${text}")
set(header "// Made by SourcesHash.cmake.
#pragma once
#define DESCENT_SOURCES ${hash}
extern \"C\" {
__device__ int descent_sources_${hash} = 0;
}
")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL header)
  file(WRITE ${OUTPUT} "${header}")
endif()
