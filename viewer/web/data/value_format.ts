import { levelOf, type ValueSetup } from "../../../shared/data/data_setup.ts";
import type { DataValue } from "../../../shared/data/data_values.ts";

/** What was seen of a value's numbers, so that they are written with the same digits after the point. */
export interface NumberFacts {
  readonly largest: number;
  readonly areWhole: boolean;
}

export const NO_FACTS: NumberFacts = { largest: 0, areWhole: true };

/** Digits of a number without a precision of its own. */
const SIGNIFICANT = 5;
const MOST_DECIMALS = 9;
const [SMALLEST, LARGEST] = [1e-4, 1e9];

export function withNumber({ largest, areWhole }: NumberFacts, value: number): NumberFacts {
  const size = Math.abs(value);
  if (size <= largest && (!areWhole || Number.isInteger(value))) return { largest, areWhole };
  return { largest: Math.max(largest, size), areWhole: areWhole && Number.isInteger(value) };
}

/** A value for people: `5800.12`, `true`, `run`, `50 values`. */
export function formatValue(value: DataValue, setup: ValueSetup, facts: NumberFacts): string {
  if (typeof value === "number") return formatNumber(value, setup.precision, facts);
  return typeof value === "object" ? lengthWords(value) : String(value);
}

export function formatNumber(
  value: number,
  precision: number | undefined,
  { largest, areWhole }: NumberFacts,
): string {
  const isHuge = largest >= LARGEST;
  if (precision !== undefined && Math.abs(value) < 1e15) return withoutMinusZero(value, precision);
  if (areWhole && largest < 1e15) return String(value);
  if (isHuge || (largest > 0 && largest < SMALLEST)) return value.toExponential(3);
  const whole = largest > 0 ? Math.ceil(Math.log10(largest)) : 0;
  return withoutMinusZero(value, Math.min(Math.max(SIGNIFICANT - whole, 0), MOST_DECIMALS));
}

function withoutMinusZero(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return /^-[0.]+$/.test(text) ? text.slice(1) : text;
}

function lengthWords(value: readonly DataValue[]): string {
  const [first] = value;
  if (typeof first === "object") return `${value.length} x ${first.length} values`;
  return value.length === 1 ? "1 value" : `${value.length} values`;
}

/** Whether the value can be drawn as one line. */
export function isLine(value: DataValue | undefined): value is readonly number[] {
  return typeof value === "object" && value.length > 1 &&
    value.every((element) => typeof element === "number");
}

/** `Alarm, high`; "" while all is well. */
export function levelWords(value: DataValue, setup: ValueSetup): string {
  const level = levelOf(value, setup);
  if (level === "normal") return "";
  const word = level === "alarm" ? "Alarm" : "Warning";
  const limits = setup[level];
  if (typeof value !== "number" || !limits) return word;
  return `${word}, ${value > limits[1] ? "high" : "low"}`;
}

/** `Warning outside of 5780 to 5820 MeV, alarm outside of 5750 to 5850 MeV.`; "" without limits. */
export function limitWords({ warn, alarm, unit }: ValueSetup): string {
  const words = (name: string, limits: readonly [number, number] | undefined) =>
    limits ? [`${name} outside of ${limits[0]} to ${limits[1]}${unit ? ` ${unit}` : ""}`] : [];
  const [first, ...rest] = [...words("warning", warn), ...words("alarm", alarm)];
  if (first === undefined) return "";
  return `${[first[0]!.toUpperCase() + first.slice(1), ...rest].join(", ")}.`;
}
