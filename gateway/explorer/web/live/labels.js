// How the page says what the graph spells in capitals.

/** Label of each status of a call, and its kind, which has the icon and the colour. */
export const STATUSES = {
  SCHEDULED: ['Scheduled', 'waiting'],
  QUEUED: ['Queued', 'waiting'],
  DIALING: ['Dialing', 'dialing'],
  UNKNOWN: ['In doubt', 'doubt'],
  RINGING: ['Ringing', 'ringing'],
  IN_PROGRESS: ['In progress', 'talking'],
  COMPLETED: ['Completed', 'done'],
  VOICEMAIL: ['Voicemail', 'voicemail'],
  NO_ANSWER: ['No answer', 'missed'],
  BUSY: ['Busy', 'missed'],
  REJECTED: ['Declined', 'missed'],
  FAILED: ['Failed', 'failed'],
  CANCELLED: ['Cancelled', 'off'],
  BLOCKED: ['Blocked', 'off'],
};

/** The same of a campaign. */
export const CAMPAIGN_STATUSES = {
  SCHEDULED: ['Scheduled', 'waiting'],
  IN_PROGRESS: ['In progress', 'talking'],
  PAUSED: ['Paused', 'missed'],
  FINISHED: ['Finished', 'done'],
  FAILED: ['Failed', 'failed'],
  CANCELLED: ['Cancelled', 'off'],
};

const WAITS = {
  CALLING_HOURS: 'Outside calling hours',
  CAMPAIGN: 'Waits for its campaign',
  RETRY_DELAY: 'Waits to try again',
  CONCURRENCY: 'Waits for a free line',
  RATE: 'Waits for the rate limit',
  DAILY_CAP: 'Daily cap reached',
  ATTEMPT_CAP: 'Attempts used up',
  NUMBER_IN_CALL: 'The number is in a call',
  PLAN: 'Waits for credit',
  PROVIDER: 'Waits for the provider',
};
// A reason that says no more than the status.
const PLAIN = ['UNKNOWN_OUTCOME', 'HANGUP', 'RING_TIMEOUT', 'BUSY', 'DECLINED', 'VOICEMAIL', 'CANCELLED', 'POLICY'];

/** `INVALID_NUMBER` or `meeting booked` as words at the beginning of a line. */
export function spoken(text) {
  const words = /^[A-Z_]+$/.test(text) ? text.toLowerCase().replaceAll('_', ' ') : text;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What came of a call or what it waits for; the empty string where its status says it all. */
export function remark(call) {
  if (call.status === 'SCHEDULED' && call.waitingFor) {
    const until = call.notBefore ? soon(call.notBefore) : '';
    if (call.waitingFor === 'START_TIME') return `From ${until}`;
    const waits = WAITS[call.waitingFor] ?? spoken(call.waitingFor);
    return until ? `${waits}, until ${until}` : waits;
  }
  if (call.outcome) return spoken(call.outcome);
  if (call.blockedCode) return spoken(call.blockedCode);
  if (call.endReason && !PLAIN.includes(call.endReason)) return spoken(call.endReason);
  return '';
}

/** The name of whom a call is with; null where only the number is known. */
export const named = (call) => {
  const name = call.lead?.name;
  return name && name !== call.toNumber ? name : null;
};

/** Whom a call is with. */
export const called = (call) => named(call) ?? number(call.toNumber);

/** A number to be read: those of North America in groups. */
export function number(e164) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164 ?? '');
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : (e164 ?? '');
}

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const EXACT = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Milliseconds within which a time of day needs no day. */
const NEAR = 43_200_000;

/** The time of day, or the day where that is far away. */
export function clock(instant, exact = false) {
  const date = new Date(instant);
  const today = new Date().toDateString() === date.toDateString();
  if (!today && Math.abs(Date.now() - date) > NEAR) return DAY.format(date);
  return (exact ? EXACT : TIME).format(date);
}

/** The time of day, with the day where that is another one. */
function soon(instant) {
  const day = clock(instant);
  const time = TIME.format(new Date(instant));
  return day === time ? time : `${day}, ${time}`;
}

/** Day and time, whole. */
export const instant = (text) => FULL.format(new Date(text));

/** Seconds as `1:05` or `1:02:03`. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** Money of the graph as people write it. */
export function money({ amountMicros, currency }) {
  const amount = Number(amountMicros) / 1e6;
  // A call costs cents.
  const maximumFractionDigits = amount < 1 ? 3 : 2;
  return new Intl.NumberFormat(undefined, { style: 'currency', currency, maximumFractionDigits }).format(amount);
}

/** What a refusal means to the person before the page. */
export function trouble({ code, message, missing = [] }) {
  if (code === 'FORBIDDEN') {
    const lacking = missing.length ? ` It lacks ${missing.join(', ')}.` : '';
    return `This key may not read this.${lacking}`;
  }
  if (code === 'RATE_LIMITED') return 'Too many requests with this key; trying again shortly.';
  if (code === 'UNAVAILABLE' || code === 'TIMEOUT') return `${message} Trying again.`;
  return `${message}${code ? ` (${code})` : ''}`;
}
