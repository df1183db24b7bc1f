// A status: an icon of its own shape, a colour and always the word.
import { CAMPAIGN_STATUSES, spoken, STATUSES } from './labels.js';

const SHAPES = {
  waiting: <path d="M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.6" />,
  dialing: <path d="M3 8h.01M8 8h.01M13 8h.01" strokeWidth="2.6" />,
  ringing: <path d="M5.5 10.5a3.5 3.5 0 0 1 0-5m5 0a3.5 3.5 0 0 1 0 5m-7.4 2.4a7 7 0 0 1 0-9.8m9.8 0a7 7 0 0 1 0 9.8M8 8h.01" />,
  talking: <path d="M3 6.5v3M6.3 3.5v9M9.7 5v6M13 6.5v3" strokeWidth="1.9" />,
  done: <path d="m3 8.5 3.4 3.4L13 4.8" strokeWidth="1.9" />,
  voicemail: <path d="M4 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5m8 0a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M4 10.5h8" />,
  missed: <path d="M3 8h10" strokeWidth="1.9" />,
  failed: <path d="m4 4 8 8m0-8-8 8" strokeWidth="1.9" />,
  doubt: <path d="M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8m0 2.8h.01" />,
  off: <path d="M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 4.2l7.6 7.6" />,
};

export const Badge = ({ status }) => <Shown labelled={STATUSES[status]} status={status} />;

export const CampaignBadge = ({ status }) => (
  <Shown labelled={CAMPAIGN_STATUSES[status]} status={status} />
);

function Shown({ labelled, status }) {
  // A status that this page does not know yet.
  const [label, kind] = labelled ?? [spoken(status), 'waiting'];
  return (
    <span className={`badge ${kind}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {SHAPES[kind]}
      </svg>
      {label}
    </span>
  );
}
