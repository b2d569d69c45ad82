/** The standard normal distribution, to about 1e-9: enough for probabilities that are shown with three places. */

/** Complementary error function by a continued fraction / series of Numerical Recipes (erfc, Chebyshev fit). */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 2 / (2 + z);
  const coefficients = [
    -1.3026537197817094, 0.6419697923564903, 1.9476473204185836e-2, -9.561514786808631e-3,
    -9.46595344482036e-4, 3.66839497852761e-4, 4.2523324806907e-5, -2.0278578112534e-5, -1.624290004647e-6,
    1.30365583558e-6, 1.5626441722e-8, -8.5238095915e-8, 6.529054439e-9, 5.059343495e-9, -9.91364156e-10,
    -2.27365122e-10, 9.6467911e-11, 2.394038e-12, -6.886027e-12, 8.94487e-13, 3.13092e-13, -1.12708e-13,
    3.81e-16, 7.106e-15,
  ];
  const ty = 4 * t - 2;
  let [d, dd] = [0, 0];
  for (let j = coefficients.length - 1; j > 0; j -= 1) [d, dd] = [ty * d - dd + (coefficients[j] ?? 0), d];
  const value = t * Math.exp(-z * z + 0.5 * ((coefficients[0] ?? 0) + ty * d) - dd);
  return x >= 0 ? value : 2 - value;
}

/** Probability that a standard normal variable is at most x. */
export const normalCdf = (x: number): number => 0.5 * erfc(-x / Math.SQRT2);

/** The inverse of `normalCdf`, by bisection and so as exact. @throws RangeError outside (0, 1) */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`a probability is between 0 and 1: was ${probability}`);
  }
  let [low, high] = [-40, 40];
  for (let i = 0; i < 100; i += 1) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
