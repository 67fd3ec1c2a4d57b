// Philox4x32-10 (Salmon et al. 2011): four random words are a pure function of a counter and a key. T is the type of
// each of a counter's words: uint, or a vector of them.
#define PHILOX(T, counter, key)                     \
  for (int round = 0; round < 10; round++) {        \
    T high0 = mul_hi((T)(0xD2511F53u), counter[0]); \
    T low0 = (T)(0xD2511F53u) * counter[0];         \
    T high1 = mul_hi((T)(0xCD9E8D57u), counter[2]); \
    T low1 = (T)(0xCD9E8D57u) * counter[2];         \
    counter[0] = high1 ^ counter[1] ^ (T)(key.s0);  \
    counter[1] = low1;                              \
    counter[2] = high0 ^ counter[3] ^ (T)(key.s1);  \
    counter[3] = low0;                              \
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);       \
  }

uint4 philox(uint4 counter, uint2 key) {
  uint words[4] = {counter.s0, counter.s1, counter.s2, counter.s3};
  PHILOX(uint, words, key)
  return (uint4)(words[0], words[1], words[2], words[3]);
}

// The same for VW counters, whose words lie in four vectors; overwrites them.
void philox_many(WORD counter[4], uint2 key) {
  PHILOX(WORD, counter, key)
}

// 0, 1, 2 ...
WORD lane_numbers() {
#if VW == 1
  return 0;
#else
  uint numbers[VW];
  for (int l = 0; l < VW; l++) {
    numbers[l] = l;
  }
  return GLUE(vload, VW)(0, numbers);
#endif
}

#if VW > 1
// The lower or upper halves of two vectors, by turns.
#define MIX(to, a, b, half) \
  {                         \
    WORD mixed_;            \
    mixed_.even = a.half;   \
    mixed_.odd = b.half;    \
    to = mixed_;            \
  }
#endif

// Four vectors, of which the first has the first word of VW blocks of four, in the order of the elements.
void in_order(WORD words[4]) {
#if VW > 1
  WORD even_low, even_high, odd_low, odd_high;
  MIX(even_low, words[0], words[2], lo);
  MIX(even_high, words[0], words[2], hi);
  MIX(odd_low, words[1], words[3], lo);
  MIX(odd_high, words[1], words[3], hi);
  MIX(words[0], even_low, odd_low, lo);
  MIX(words[1], even_low, odd_low, hi);
  MIX(words[2], even_high, odd_high, lo);
  MIX(words[3], even_high, odd_high, hi);
#endif
}
