/**
 * Times as the serializers of Flagsmith's API read them: Python's `datetime.fromisoformat()`, then Django's own expression
 * (`django/utils/dateparse.py`), and UTC where no zone is given (`TIME_ZONE` of `app/settings/common.py`).
 */

/** A day of the calendar, before it is known to exist. */
type Day = readonly [year: number, month: number, day: number];

/** Microseconds since 1970. */
type Micros = bigint;

const MICROS_OF_DAY = 86_400_000_000n;

/** The time in UTC, `2030-01-31T12:00:00.000Z`, with six digits where three do not hold it; undefined for what is no time. */
export function pythonDatetime(text: string): string | undefined {
  const micros = isoTime(text) ?? djangoTime(text);
  if (micros === undefined) return undefined;
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const date = new Date(Number((micros - rest) / 1000n));
  if (date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) return undefined;
  return date.toISOString().replace("Z", rest === 0n ? "Z" : `${String(rest).padStart(3, "0")}Z`);
}

const DATES = [
  /^(\d{4})-(\d\d)-(\d\d)/,
  /^(\d{4})(\d\d)(\d\d)/,
  /^(\d{4})-(W\d\d)(?:-(\d))?/,
  /^(\d{4})(W\d\d)(\d)?/,
] as const;

/** `datetime.fromisoformat()`: any one character stands between date and time. */
function isoTime(text: string): Micros | undefined {
  for (const form of DATES) {
    const found = form.exec(text);
    if (found === null) continue;
    const [date, year = "", middle = "", last] = found;
    const day = middle.startsWith("W")
      ? dayOfWeek(Number(year), Number(middle.slice(1)), Number(last ?? 1))
      : startOf([Number(year), Number(middle), Number(last)]);
    if (day === undefined) return undefined;
    if (text === date) return day;
    const [, clock = "", zone = ""] = /^(.*?)(Z|[-+].*)?$/s.exec(text.slice(date.length + 1)) ?? [];
    const time = clockOf(clock, true);
    const offset = zone === "" || zone === "Z" ? 0n : clockOf(zone.slice(1), false);
    if (time === undefined || offset === undefined || offset >= MICROS_OF_DAY) return undefined;
    return day + time - (zone.startsWith("-") ? -offset : offset);
  }
  return undefined;
}

/** Hours, and then minutes, seconds and a fraction, with colons between them or without; `ofDay` when they must be of a day. */
function clockOf(text: string, ofDay: boolean): Micros | undefined {
  const found = /^(\d\d)(?::(\d\d)(?::(\d\d))?)?(?:[.,](\d*))?$/.exec(text) ??
    /^(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d*))?$/.exec(text);
  if (found === null) return undefined;
  const [, hours, minutes = "0", seconds = "0", fraction = ""] = found;
  return clock(Number(hours), Number(minutes), Number(seconds), fraction, ofDay);
}

function clock(
  hours: number,
  minutes: number,
  seconds: number,
  fraction: string,
  ofDay: boolean,
): Micros | undefined {
  if (ofDay && (hours > 23 || minutes > 59 || seconds > 59)) return undefined;
  return BigInt((hours * 60 + minutes) * 60 + seconds) * 1_000_000n +
    BigInt(fraction.slice(0, 6).padEnd(6, "0"));
}

const DJANGO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,6})\d{0,6})?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?\n?$/;

/** `parse_datetime()` where Python does not read the text: single digits, and blanks before the zone. */
function djangoTime(text: string): Micros | undefined {
  const found = DJANGO.exec(text);
  if (found === null) return undefined;
  const [, year, month, date, hours, minutes, seconds = "0", fraction = "", zone = "Z"] = found;
  const day = startOf([Number(year), Number(month), Number(date)]);
  const time = clock(Number(hours), Number(minutes), Number(seconds), fraction, true);
  const offset = zone === "Z"
    ? 0n
    : clock(Number(zone.slice(1, 3)), zone.length > 3 ? Number(zone.slice(-2)) : 0, 0, "", false);
  if (day === undefined || time === undefined || offset === undefined || offset >= MICROS_OF_DAY) {
    return undefined;
  }
  return day + time - (zone.startsWith("-") ? -offset : offset);
}

/** Midnight of a day; undefined when there is no such day from the year 1 on. */
function startOf([year, month, day]: Day): Micros | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? BigInt(date.getTime()) * 1000n : undefined;
}

/** Midnight of a day of a week as ISO 8601 counts them: week 1 is that of the 4th of January. */
function dayOfWeek(year: number, week: number, day: number): Micros | undefined {
  const fourth = startOf([year, 1, 4]);
  if (fourth === undefined || week < 1 || week > 53 || day < 1 || day > 7) return undefined;
  const sinceMonday = BigInt((new Date(Number(fourth / 1000n)).getUTCDay() + 6) % 7);
  const first = fourth - sinceMonday * MICROS_OF_DAY;
  const monday = first + BigInt(week - 1) * 7n * MICROS_OF_DAY;
  // A week belongs to the year of its Thursday.
  const thursday = new Date(Number((monday + 3n * MICROS_OF_DAY) / 1000n));
  return thursday.getUTCFullYear() === year ? monday + BigInt(day - 1) * MICROS_OF_DAY : undefined;
}
