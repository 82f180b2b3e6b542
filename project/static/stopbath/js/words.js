/** Numbers, sizes and times as a person reads them. */

export const formatNumber = (number) => number.toLocaleString("en");

/** "1 photo", "1,248 photos". */
export const formatCount = (number, one, many = `${one}s`) => `${formatNumber(number)} ${number === 1 ? one : many}`;

/** Bytes as "412 KB" or "3.1 MB". */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Seconds as "0.4 s", "12 s", "3 min", "2 h" or "2 h 5 min". */
export function duration(seconds) {
  if (seconds < 9.95 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = `${Math.floor(minutes / 60)} h`;
  return minutes % 60 ? `${hours} ${minutes % 60} min` : hours;
}

/** "11.8 files/s", and a decimal less where it says nothing. */
export function rate(perSecond) {
  return `${perSecond < 100 ? perSecond.toFixed(1) : formatNumber(Math.round(perSecond))} files/s`;
}
