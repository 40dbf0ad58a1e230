/* The stand-in rule in C: how fast the work itself can go. See rule.py for the rule.
 *
 * The same draws and arithmetic as engine.py, so that both give the same bits: single precision, consent in the sign bit
 * of the opinion, blocks of 512, Philox4x32-10, polynomials for log and exp. What differs is what C makes easy: eight
 * residents look at their acquaintances side by side, in vector registers. floor.py says how it is compiled.
 */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 512
#define LANES 8
#define M 0x7FFFFFFF

typedef float floats __attribute__((vector_size(4 * LANES)));
typedef int32_t ints __attribute__((vector_size(4 * LANES)));

static inline int32_t bits_of(float v) { int32_t b; memcpy(&b, &v, 4); return b; }
static inline float with_bits(int32_t b) { float v; memcpy(&v, &b, 4); return v; }

static inline float unit_interval(uint32_t word) { return ((float)(int32_t)(word >> 9) + 0.5f) * 0x1p-23f; }

static inline float log_of(float v)
{
    int32_t shifted = bits_of(v) - 0x3F3504F3, exponent = shifted >> 23;
    float mantissa = with_bits((shifted & 0x7FFFFF) + 0x3F3504F3);
    float s = (mantissa - 1.0f) / (mantissa + 1.0f), t = s * s;
    float series = (float)(1 / 3.) + t * ((float)(1 / 5.) + t * ((float)(1 / 7.) + t * (float)(1 / 9.)));
    return (2.0f * s + 2.0f * s * t * series) + (float)exponent * 0.6931471805599453f;
}

static inline float exp_of(float v)
{
    int32_t n = (int32_t)(v * 1.4426950408889634f + 128.5f) - 128;
    float r = v - (float)n * 0.6931471805599453f;
    float high = (float)(1 / 24.) + r * ((float)(1 / 120.) + r * (float)(1 / 720.));
    float series = 1.0f + r * (1.0f + r * (0.5f + r * ((float)(1 / 6.) + r * high)));
    return series * with_bits((n + 127) << 23);
}

static inline float standard_normal(float u)
{
    float tail = u < 1.0f - u ? u : 1.0f - u;
    float t = sqrtf(-2.0f * log_of(tail));
    float top = 2.515517f + t * (0.802853f + t * 0.010328f);
    float bottom = 1.0f + t * (1.432788f + t * (0.189269f + t * 0.001308f));
    float z = t - top / bottom;
    return u < 0.5f ? -z : z;
}

/* Acquaintances of eight residents side by side: lane l of entry e is the (e − slices[s])-th acquaintance of resident
 * 8 s + l; short rows are filled with nobody, whose opinion is too far off to count. */
static inline void read_acquaintances(int64_t low, int size, const int64_t *slices, const int32_t *table,
                                      const float *before, float *pull, float *near, float *consenting)
{
    const ints magnitude = {M, M, M, M, M, M, M, M};
    const floats one = {1, 1, 1, 1, 1, 1, 1, 1};
    for (int k = 0; k < size; k += LANES) {
        int64_t s = (low + k) / LANES;
        floats own = (floats)(*(const ints *)(before + low + k) & magnitude), total = {0}, count = {0};
        ints consents = {0};
        for (int64_t e = slices[s]; e < slices[s + 1]; e++) {
            const int32_t *j = table + LANES * e;
            floats theirs = {before[j[0]], before[j[1]], before[j[2]], before[j[3]],
                             before[j[4]], before[j[5]], before[j[6]], before[j[7]]};
            floats gap = (floats)((ints)theirs & magnitude) - own;
            ints inside = (floats)((ints)gap & magnitude) < 0.25f;
            total += (floats)(inside & (ints)gap);
            count += (floats)(inside & (ints)one);
            consents -= (ints)theirs >> 31;
        }
        *(floats *)(pull + k) = total, *(floats *)(near + k) = count;
        *(floats *)(consenting + k) = __builtin_convertvector(consents, floats);
    }
}

/* Two residents share a call of the generator; size and low are even. */
static inline void draw(uint32_t low, int size, uint32_t step, uint64_t seed, float *restrict z, float *restrict u)
{
    for (int pair = 0; pair < size / 2; pair++) {
        uint32_t c0 = low / 2 + (uint32_t)pair, c1 = step, c2 = 0, c3 = 0;
        uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma GCC unroll 10
        for (int round = 0; round < 10; round++) {
            uint64_t product0 = (uint64_t)0xD2511F53u * c0, product1 = (uint64_t)0xCD9E8D57u * c2;
            c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0, c1 = (uint32_t)product1;
            c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1, c3 = (uint32_t)product0;
            k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
        }
        z[2 * pair] = unit_interval(c0), u[2 * pair] = unit_interval(c1);
        z[2 * pair + 1] = unit_interval(c2), u[2 * pair + 1] = unit_interval(c3);
    }
    for (int k = 0; k < size; k++) z[k] = standard_normal(z[k]);
}

static inline void update(int size, const float *before, const float *susceptibility, const float *per_tie,
                          const float *pull, const float *near, const float *consenting, const float *z,
                          const float *u, float *restrict after)
{
    for (int k = 0; k < size; k++) {
        float counted = near[k] > 1.0f ? near[k] : 1.0f;
        float moved = fabsf(before[k]) + susceptibility[k] * (pull[k] / counted) + 0.02f * z[k];
        float opinion = moved > 0.0f ? moved : 0.0f;
        opinion = opinion < 1.0f ? opinion : 1.0f;
        float leaning = -3.0f + 3.5f * opinion + 2.5f * (consenting[k] * per_tie[k]);
        after[k] = u[k] * (1.0f + exp_of(-leaning)) < 1.0f ? -opinion : opinion;
    }
}

struct work {
    int64_t first, last;
    uint32_t step, steps;
    uint64_t seed;
    const int64_t *slices;
    const int32_t *table;
    const float *susceptibility, *per_tie;
    float *before, *after;
    pthread_barrier_t *meeting;
};

static void *advance_part(void *argument)
{
    struct work w = *(struct work *)argument;
    _Alignas(32) float pull[BLOCK], near[BLOCK], consenting[BLOCK], z[BLOCK], u[BLOCK];
    for (uint32_t now = w.step; now < w.step + w.steps; now++) {
        for (int64_t low = w.first; low < w.last; low += BLOCK) {
            int size = w.last - low < BLOCK ? (int)(w.last - low) : BLOCK;
            read_acquaintances(low, size, w.slices, w.table, w.before, pull, near, consenting);
            draw((uint32_t)low, size, now, w.seed, z, u);
            update(size, w.before + low, w.susceptibility + low, w.per_tie + low, pull, near, consenting, z, u,
                   w.after + low);
        }
        float *newest = w.after;
        w.after = w.before, w.before = newest;
        pthread_barrier_wait(w.meeting);
    }
    return 0;
}

/* Take `steps` steps with n residents, a multiple of eight, on one to eight threads. before and after hold n + 8 numbers,
 * 32 bytes aligned, of which those past n are nobody's. After an even number of steps the newest state is in `before`. */
int advance(int64_t n, uint32_t step, uint32_t steps, uint64_t seed, const int64_t *slices, const int32_t *table,
            const float *susceptibility, const float *per_tie, float *before, float *after, int threads)
{
    struct work parts[8];
    pthread_t workers[8];
    pthread_barrier_t meeting;
    int64_t share = (n / BLOCK + threads) / threads * BLOCK;
    if (threads < 1 || threads > 8 || pthread_barrier_init(&meeting, 0, (unsigned)threads)) return 1;
    for (int t = 0; t < threads; t++) {
        int64_t first = t * share < n ? t * share : n, last = first + share < n ? first + share : n;
        parts[t] = (struct work){first, last, step, steps, seed, slices, table, susceptibility, per_tie,
                                 before, after, &meeting};
        if (t && pthread_create(&workers[t], 0, advance_part, &parts[t])) return 2;
    }
    advance_part(&parts[0]);
    for (int t = 1; t < threads; t++) pthread_join(workers[t], 0);
    pthread_barrier_destroy(&meeting);
    return 0;
}
