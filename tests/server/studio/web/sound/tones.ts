export function sine(frequency: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => Math.sin(2 * Math.PI * frequency * at / rate));
}

export function powerOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
