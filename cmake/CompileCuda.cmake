# One step of a .cu file's way to machine code: nvcc makes PTX of it for a virtual architecture, ptxas machine
# code of that for a real one, with its report and its checks.
#   cmake -DKIND=ptx -DNVCC= -DHOST= -DARCHITECTURE= -DSOURCE=FILE.cu -DOUTPUT= -DBOUNDED= -DHEADER=
#         -DPTX_VERSION= -DDEPFILE= -DLINES=ON|OFF -P CompileCuda.cmake
#   cmake -DKIND=cubin -DPTXAS= -DARCHITECTURE= -DSOURCE=FILE.ptx -DOUTPUT= -DLINES=ON|OFF -P CompileCuda.cmake
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

set(lines)
if(LINES)
  set(lines -lineinfo)
endif()
if(KIND STREQUAL "ptx")
  execute_process(
    COMMAND ${NVCC} -std=c++17 -O3 -ccbin ${HOST} -include ${HEADER} -MD -MF ${DEPFILE} -MT ${OUTPUT} ${lines}
            -ptx -arch=compute_${ARCHITECTURE} -o ${OUTPUT} ${SOURCE}
    RESULT_VARIABLE result OUTPUT_VARIABLE report ERROR_VARIABLE report)
else()
  execute_process(
    COMMAND ${PTXAS} -m64 -arch=sm_${ARCHITECTURE} -v -warn-spills ${lines} -o ${OUTPUT} ${SOURCE}
    RESULT_VARIABLE result OUTPUT_VARIABLE report ERROR_VARIABLE report)
endif()
if(NOT result EQUAL 0)
  refuse("the compiler failed\n${report}")
endif()

if(KIND STREQUAL "cubin")
  check_report("${report}")
else()
  if(BOUNDED)
    file(COPY_FILE ${OUTPUT} ${BOUNDED})
  endif()
  file(READ ${OUTPUT} text)
  # The least number of blocks on a multiprocessor bounds the registers. Only for BOUNDED is ptxas known to meet it
  # without spilling; elsewhere it takes as many registers as it likes.
  string(REGEX REPLACE "\\.minnctapersm [0-9]+" ".minnctapersm 1" text "${text}")
  if(PTX_VERSION)
    string(REGEX REPLACE "\\.version [0-9.]+" ".version ${PTX_VERSION}" text "${text}")
    # A hint to tools, of loads of which a part is not used, that only 8.3 knows.
    string(REGEX REPLACE "[ \t]*\\.pragma \"used_bytes_mask[^\n]*\n" "" text "${text}")
  endif()
  file(WRITE ${OUTPUT} "${text}")
endif()
