/** Lanczos' approximation with g = 7 and nine terms; relative error below 1e-13 for x > 0. */
const LANCZOS: readonly [number, ...number[]] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]; // prettier-ignore

function logGamma(x: number): number {
  const [first, ...rest] = LANCZOS;
  const sum = rest.reduce((total, term, index) => total + term / (x + index), first);
  const shifted = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(shifted) - shifted + Math.log(sum);
}

/**
 * ln P(X >= x) for a negative-binomial count of this mean and `wavering` (variance mean + wavering * mean²), for any
 * real x > 0: the regularised incomplete beta function I_p(x, 1 / wavering) with p = mean / (mean + 1 / wavering)
 * (NIST DLMF 8.17.5), by its continued fraction (DLMF 8.17.22, evaluated by Lentz's method).
 */
export function logUpperTail(x: number, mean: number, wavering: number): number {
  if (x <= 0) return 0;
  const size = 1 / wavering;
  const p = mean / (mean + size);
  const front =
    logGamma(x + size) - logGamma(x) - logGamma(size) + x * Math.log(p) + size * Math.log(size / (mean + size));
  if (p < (x + 1) / (x + size + 2)) return front + Math.log(betaFraction(x, size, p) / x);
  const lower = (Math.exp(front) * betaFraction(size, x, 1 - p)) / size;
  return Math.log1p(-Math.min(lower, 1 - Number.EPSILON));
}

const TINY = 1e-300;

function betaFraction(a: number, b: number, x: number): number {
  const safe = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 300; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < 1e-12) break;
  }
  return result;
}

/** The real x with ln P(X >= x) = `logTail`, found by halving; within 1e-6 of its size. */
export function upperQuantile(logTail: number, mean: number, wavering: number): number {
  let low = 0;
  let high = Math.max(1, 2 * mean);
  while (logUpperTail(high, mean, wavering) > logTail && high < 1e12) high *= 2;
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (logUpperTail(middle, mean, wavering) > logTail) low = middle;
    else high = middle;
  }
  return high;
}
