# One run of nvcc: a .cu file for one architecture, with its report and its checks.
#   cmake -DNVCC= -DHOST= -DKIND=cubin|ptx -DARCHITECTURE= -DSOURCE= -DOUTPUT= -DHEADER= -DPTX_VERSION=
#         -DPTXAS= -DDEPFILE= -DLINES=ON|OFF -P CompileCuda.cmake
get_filename_component(name ${SOURCE} NAME)

# Stops; what was made must not be taken for good by the next build.
function(refuse why)
  file(REMOVE ${OUTPUT})
  message(FATAL_ERROR "${name} for ${ARCHITECTURE}: ${why}")
endfunction()

# Prints the report of ptxas a line a kernel, and stops on what must not be.
function(check_report report)
  string(REPLACE "ptxas info    : " "" report "${report}")
  if(report MATCHES "(C75[0-9][0-9][^\n]*)")
    refuse("${CMAKE_MATCH_1}")
  endif()
  string(REGEX MATCHALL "Compiling entry function '[^']+'[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*" kernels "${report}")
  foreach(kernel IN LISTS kernels)
    string(REGEX MATCH "'([^']+)'" unused "${kernel}")
    set(function ${CMAKE_MATCH_1})
    string(REGEX MATCH "([0-9]+) bytes stack frame, ([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads"
           unused "${kernel}")
    set(frame ${CMAKE_MATCH_1})
    set(spills ${CMAKE_MATCH_2})
    string(REGEX MATCH "Used ([^\n]*)" unused "${kernel}")
    message("  ${ARCHITECTURE} ${function}: ${CMAKE_MATCH_1}, stack ${frame}, spills ${spills}")
    if(NOT spills EQUAL 0)
      refuse("${function} spills ${spills} bytes of registers")
    endif()
  endforeach()
  # Whatever the report looks like in another version, a spill is one.
  if(report MATCHES "[1-9][0-9]* bytes spill")
    refuse("registers are spilled\n${report}")
  endif()
endfunction()

set(flags -std=c++17 -O3 -ccbin ${HOST} -include ${HEADER} -MD -MF ${DEPFILE} -MT ${OUTPUT})
if(LINES AND KIND STREQUAL "cubin")
  list(APPEND flags -lineinfo)
endif()
if(KIND STREQUAL "ptx")
  list(APPEND flags -ptx -arch=compute_${ARCHITECTURE})
else()
  list(APPEND flags -cubin -gencode arch=compute_${ARCHITECTURE},code=sm_${ARCHITECTURE}
       -Xptxas -v,-warn-spills)
endif()
execute_process(COMMAND ${NVCC} ${flags} -o ${OUTPUT} ${SOURCE} RESULT_VARIABLE result
                OUTPUT_VARIABLE report ERROR_VARIABLE report)
if(NOT result EQUAL 0)
  refuse("nvcc failed\n${report}")
endif()

if(KIND STREQUAL "ptx")
  file(READ ${OUTPUT} text)
  string(REGEX REPLACE "\\.version [0-9.]+" ".version ${PTX_VERSION}" text "${text}")
  file(WRITE ${OUTPUT} "${text}")
  execute_process(COMMAND ${PTXAS} -arch=sm_${ARCHITECTURE} -o /dev/null ${OUTPUT} RESULT_VARIABLE result
                  OUTPUT_VARIABLE report ERROR_VARIABLE report)
  if(NOT result EQUAL 0)
    refuse("its PTX needs more than version ${PTX_VERSION}\n${report}")
  endif()
else()
  check_report("${report}")
endif()
