// Numbers as people read them.

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Three digits that mean something. */
function digits(value) {
  const size = Math.abs(value);
  return value.toLocaleString("en", { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 });
}

export function number(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  return size >= 1e6 ? `${digits(value / 1e6)} M` : size >= 1e4 ? `${digits(value / 1e3)} k` : digits(value);
}

export function whole(value) {
  return value === null || value === undefined ? "–" : Math.round(value).toLocaleString("en");
}

export function bytes(value) {
  if (value === null || value === undefined) return "–";
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < BINARY.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : digits(value)} ${BINARY[unit]}`;
}

export function perSecond(value) {
  return value === null || value === undefined ? "–" : `${bytes(value)}/s`;
}

/** A duration of a request, in milliseconds. */
export function latency(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–";
  return milliseconds < 1 ? `${digits(milliseconds * 1000)} µs` : milliseconds < 1000 ? `${digits(milliseconds)} ms` : `${digits(milliseconds / 1000)} s`;
}

export function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value < 0.995) return `${Math.round(value * 1000)} ms`;
  if (value < 60) return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} s`;
  const minutes = Math.floor(value / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(value % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function percent(share) {
  return share === null || share === undefined ? "–" : `${digits(share * 100)} %`;
}

/** Today the time alone. */
export function clock(moment) {
  const date = new Date(moment);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString("en-CA")} ${time}`;
}

export function since(moment, now) {
  const past = (now - new Date(moment).getTime()) / 1000;
  return past < 1 ? "a moment" : seconds(past);
}

export function plural(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Words out of a name such as TinyVerification. */
export function words(name) {
  return name.replace(/([a-z])([A-Z])/g, (_, left, right) => `${left} ${right.toLowerCase()}`);
}
