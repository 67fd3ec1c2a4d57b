# Machine code from CUDA sources. CMake's own CUDA language is not used: nothing is linked, so that no
# CUDA run-time library is needed, and a machine without nvcc builds the rest.
#
#   CUDA_KERNELS   AUTO (the default): left out, with a message, where there is no nvcc; ON: that is an
#                  error; OFF: left out
#   NVCC           the compiler, where it is not on the path or in its usual folders
#   CUDA_KERNEL_ARCHITECTURES, CUDA_KERNEL_PTX   see below
include_guard(GLOBAL)

set(CUDA_KERNELS AUTO CACHE STRING "Compile the CUDA kernels: AUTO, ON or OFF")
set_property(CACHE CUDA_KERNELS PROPERTY STRINGS AUTO ON OFF)

# Machine code runs on later devices of the same major version, so 86 is for 89 too, and 100 for 103.
set(CUDA_KERNEL_ARCHITECTURES "75;80;86;90;100;120" CACHE STRING
    "Compute capabilities to make machine code for")

# For all other devices, and for drivers older than the compiler: text that the driver compiles. nvcc
# writes the newest version of the language into it, which needs the newest driver. The kernels use
# nothing that version 7.0 (driver 450, CUDA 11.0) lacks, so it is written in, and ptxas shows that it is
# true: it makes the machine code above from the same text.
set(CUDA_KERNEL_PTX 75 CACHE STRING "Compute capability of the PTX")
set(cuda_ptx_version 7.0)

# The same a second time for kernels that do better from 8.0 on (asynchronous copies), or run from there on
# only (TF32): else a device newer than all above would get the form for 7.5. A driver takes the newest
# that its device can run.
set(cuda_ptx_ampere 80)

# Machine code for Hopper is made from the newest of these texts, with the kernels' bounds on registers left in. From
# older text, code for Blackwell is a sixth larger: it has a text of its own.
set(cuda_ptx_hopper 90)
set(cuda_ptx_blackwell 100)

# What only Hopper has: no other device runs it, so there is machine code and a text for older drivers.
set(cuda_ptx_hopper_version 8.0)

# Profilers and compute-sanitizer can then name lines; it doubles the size and more.
option(CUDA_KERNEL_LINES "Put line numbers into the machine code" OFF)

set(cuda_kernels_enabled FALSE)
if(NOT CUDA_KERNELS MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "CUDA_KERNELS=${CUDA_KERNELS}: it is AUTO, ON or OFF")
endif()
if(CUDA_KERNELS STREQUAL "OFF")
  message(STATUS "CUDA kernels: left out (CUDA_KERNELS=OFF)")
else()
  find_program(NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda /opt/cuda
               PATH_SUFFIXES bin)
  set(nvcc_version 0)
  if(NVCC)
    execute_process(COMMAND ${NVCC} --version OUTPUT_VARIABLE text ERROR_QUIET)
    if(text MATCHES "V([0-9]+\\.[0-9]+)")
      set(nvcc_version ${CMAKE_MATCH_1})
    endif()
    execute_process(COMMAND ${NVCC} --list-gpu-arch OUTPUT_VARIABLE nvcc_architectures ERROR_QUIET)
    execute_process(COMMAND ${NVCC} --dryrun -cubin -o /dev/null -x cu /dev/null
                    ERROR_VARIABLE text OUTPUT_QUIET)
    if(text MATCHES "_HERE_=([^\n]+)")
      set(nvcc_folder ${CMAKE_MATCH_1})
    else()
      get_filename_component(nvcc_folder ${NVCC} DIRECTORY)
    endif()
  endif()
  if(NOT nvcc_version VERSION_LESS 12.0)
    set(cuda_kernels_enabled TRUE)
    message(STATUS "CUDA kernels: ${NVCC}, version ${nvcc_version}")
  elseif(CUDA_KERNELS STREQUAL "ON")
    message(FATAL_ERROR "CUDA kernels: no nvcc 12.0 or later; give -DNVCC=/path/to/nvcc, or "
                        "-DCUDA_KERNELS=AUTO to leave the kernels out")
  else()
    message(STATUS "CUDA kernels: LEFT OUT, there is no nvcc 12.0 or later (install the CUDA toolkit, "
                   "or give -DNVCC=/path/to/nvcc)")
  endif()
endif()

# A header with the hash of the sources in the folder, for all that is compiled from them.
function(cuda_sources_hash target folder header)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.cu ${folder}/*.cuh)
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUTPUT=${header}
            -P ${PROJECT_SOURCE_DIR}/cmake/SourcesHash.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/SourcesHash.cmake
    COMMENT "Hash of the CUDA sources" VERBATIM)
  add_custom_target(${target} DEPENDS ${header})
endfunction()

# cuda_kernels(TARGET OUTPUT folder SOURCES_HEADER header SOURCES a.cu b.sm_90a.cu ... AMPERE a ...)
#   a.cu         folder/a.fatbin: machine code for each architecture, and PTX
#                folder/a.ptx: the PTX again, for a driver that refuses the fat binary
#                folder/a.80.ptx: for the names after AMPERE, the PTX for 8.0, which the fat binary has too
#   and for machine code alone, in the build folder of the target: 90/a.ptx, 100/a.ptx
#   b.sm_90a.cu  folder/b.sm_90a.fatbin and .ptx: what only Hopper has (wgmma, TMA)
# Each compilation reports registers and memory, and fails on a spill or a C75xx warning.
function(cuda_kernels target)
  cmake_parse_arguments(arg "" "OUTPUT;SOURCES_HEADER" "SOURCES;AMPERE" ${ARGN})
  if(NOT cuda_kernels_enabled)
    add_custom_target(${target})
    return()
  endif()
  set(work ${CMAKE_CURRENT_BINARY_DIR}/${target})
  file(MAKE_DIRECTORY ${work} ${arg_OUTPUT})
  set(outputs)
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(name ${source} NAME_WLE)
    # ptx(architecture output version bounded): the newest version of the language where none is given
    function(ptx architecture output version bounded)
      add_custom_command(
        OUTPUT ${output} ${bounded}
        COMMAND ${CMAKE_COMMAND} -DKIND=ptx -DNVCC=${NVCC} -DHOST=${CMAKE_CXX_COMPILER}
                -DARCHITECTURE=${architecture} -DSOURCE=${source} -DOUTPUT=${output}
                -DHEADER=${arg_SOURCES_HEADER} -DPTX_VERSION=${version}
                -DBOUNDED=${bounded} -DDEPFILE=${work}/${name}.${architecture}.d
                -DLINES=${CUDA_KERNEL_LINES} -P ${PROJECT_SOURCE_DIR}/cmake/CompileCuda.cmake
        DEPENDS ${source} ${arg_SOURCES_HEADER} ${PROJECT_SOURCE_DIR}/cmake/CompileCuda.cmake
        DEPFILE ${work}/${name}.${architecture}.d
        COMMENT "PTX of ${name} for ${architecture}" VERBATIM)
    endfunction()
    # cubin(architecture text output)
    macro(cubin architecture text output)
      add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -DKIND=cubin -DPTXAS=${nvcc_folder}/ptxas -DARCHITECTURE=${architecture}
                -DSOURCE=${text} -DOUTPUT=${output} -DLINES=${CUDA_KERNEL_LINES}
                -P ${PROJECT_SOURCE_DIR}/cmake/CompileCuda.cmake
        DEPENDS ${text} ${PROJECT_SOURCE_DIR}/cmake/CompileCuda.cmake
        COMMENT "machine code of ${name} for ${architecture}" VERBATIM)
    endmacro()
    # fatbin(output images DEPENDS files); not compressed: a jar does that, and what is in it can be read.
    macro(fatbin output)
      add_custom_command(
        OUTPUT ${output}
        COMMAND ${nvcc_folder}/fatbinary -64 --create=${output} --compress=false ${ARGN}
        COMMENT "fat binary of ${name}" VERBATIM)
    endmacro()
    if(name MATCHES "\\.sm_90a$")
      ptx(90a ${arg_OUTPUT}/${name}.ptx ${cuda_ptx_hopper_version} "")
      cubin(90a ${arg_OUTPUT}/${name}.ptx ${work}/${name}.cubin)
      fatbin(${arg_OUTPUT}/${name}.fatbin --image3=kind=elf,sm=90a,file=${work}/${name}.cubin
             DEPENDS ${work}/${name}.cubin)
      list(APPEND outputs ${arg_OUTPUT}/${name}.fatbin ${arg_OUTPUT}/${name}.ptx)
      continue()
    endif()
    set(bounded ${work}/${cuda_ptx_hopper}/${name}.ptx)
    set(own ${work}/${cuda_ptx_blackwell}/${name}.ptx)
    file(MAKE_DIRECTORY ${work}/${cuda_ptx_hopper} ${work}/${cuda_ptx_blackwell})
    set(text ${arg_OUTPUT}/${name}.ptx)
    set(texts ${text})
    set(images --image3=kind=ptx,sm=${CUDA_KERNEL_PTX},file=${text})
    if(name IN_LIST arg_AMPERE)
      set(ampere ${arg_OUTPUT}/${name}.${cuda_ptx_ampere}.ptx)
      ptx(${CUDA_KERNEL_PTX} ${text} ${cuda_ptx_version} "")
      ptx(${cuda_ptx_ampere} ${ampere} ${cuda_ptx_version} ${bounded})
      list(APPEND texts ${ampere})
      list(APPEND images --image3=kind=ptx,sm=${cuda_ptx_ampere},file=${ampere})
    else()
      set(ampere ${text})
      ptx(${CUDA_KERNEL_PTX} ${text} ${cuda_ptx_version} ${bounded})
    endif()
    ptx(${cuda_ptx_blackwell} ${own} "" "")
    set(parts)
    foreach(architecture IN LISTS CUDA_KERNEL_ARCHITECTURES)
      if(NOT nvcc_architectures MATCHES "compute_${architecture}\n")
        message(STATUS "CUDA kernels: this nvcc does not know compute_${architecture}: left out")
        continue()
      endif()
      if(NOT architecture LESS cuda_ptx_blackwell)
        set(from ${own})
      elseif(NOT architecture LESS cuda_ptx_hopper)
        set(from ${bounded})
      elseif(NOT architecture LESS cuda_ptx_ampere)
        set(from ${ampere})
      else()
        set(from ${text})
      endif()
      cubin(${architecture} ${from} ${work}/${name}.${architecture}.cubin)
      list(APPEND images --image3=kind=elf,sm=${architecture},file=${work}/${name}.${architecture}.cubin)
      list(APPEND parts ${work}/${name}.${architecture}.cubin)
    endforeach()
    set(fatbin ${arg_OUTPUT}/${name}.fatbin)
    fatbin(${fatbin} ${images} DEPENDS ${parts} ${texts})
    list(APPEND outputs ${fatbin} ${texts})
  endforeach()
  add_custom_target(${target} ALL DEPENDS ${outputs})
endfunction()
