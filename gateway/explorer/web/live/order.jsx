// The form that places a call, and the button that ends one.
import { useEffect, useId, useRef, useState } from 'react';
import { isOver, isRunning } from './board.js';
import { CANCEL, HANG_UP, PLACE } from './documents.js';
import { trouble } from './labels.js';

const SIMULATED = 'Played out by the simulator: nobody’s phone rings.';
/** How the simulator can be told that a call goes; the last one leaves it to chance. */
const STORIES = {
  COMPLETED: 'A conversation',
  VOICEMAIL: 'Voicemail',
  NO_ANSWER: 'No answer',
  BUSY: 'Busy',
  '': 'By chance',
};
const REAL =
  'Where the workspace has an account for calls the phone rings; without one the simulator plays it out.';
const UNANSWERED = 'No answer from the server. Try again: the call is placed once.';

/** Order a call; `placed` gets the call that was accepted. */
export function OrderForm({ desk, simulated, placed, onCancel }) {
  const [phone, setPhone] = useState(simulated ? '+12125550142' : '');
  const [reason, setReason] = useState('');
  const [story, setStory] = useState('COMPLETED');
  const [speakers, setSpeakers] = useState({ agents: [], usual: null });
  const [agent, setAgent] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState(null);
  // One key for each order, kept until the order changes or was answered.
  const order = useRef(null);
  const id = useId();

  useEffect(() => {
    let here = true;
    desk.agents().then((found) => here && setSpeakers(found));
    return () => {
      here = false;
    };
  }, [desk]);

  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const input = { target: { phone: phone.trim() } };
    if (agent) input.agentId = agent;
    if (reason.trim()) input.reason = reason.trim();
    if (simulated && story) input.metadata = { simulate: { outcome: story } };
    const text = JSON.stringify(input);
    if (order.current?.text !== text) order.current = { text, key: crypto.randomUUID() };
    setBusy(true);
    setWrong(null);
    try {
      const { call, errors } = await desk.order(PLACE, input, order.current.key);
      if (call) {
        order.current = null;
        placed(call);
      } else {
        setWrong(errors[0].message);
      }
    } catch (error) {
      setWrong(error.code === 'UNREACHABLE' ? UNANSWERED : trouble(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="order" onSubmit={submit} aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>Place a call</h3>
      <label>
        <span>Number</span>
        <input
          type="tel"
          required
          autoComplete="off"
          placeholder="+12125550142"
          value={phone}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={`${id}-note`}
          onChange={(event) => setPhone(event.target.value)}
        />
      </label>
      <label className="wide">
        <span>Reason, for the agent</span>
        <input
          placeholder="Optional"
          autoComplete="off"
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      {speakers.agents.length > 0 && (
        <label>
          <span>Agent</span>
          <select value={agent} onChange={(event) => setAgent(event.target.value)}>
            <option value="">{speakers.usual ? 'As usual' : 'The lead’s'}</option>
            {speakers.agents.map(({ id: value, name }) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {simulated && (
        <label>
          <span>How it goes</span>
          <select value={story} onChange={(event) => setStory(event.target.value)}>
            {Object.entries(STORIES).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="buttons">
        <button type="submit" className="primary" disabled={busy || !phone.trim()}>
          {busy ? 'Placing…' : wrong ? 'Try again' : 'Place call'}
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Close
          </button>
        )}
      </div>
      <p id={`${id}-note`} className={wrong ? 'note wrong' : 'note'} role={wrong ? 'alert' : undefined}>
        {wrong ?? (simulated ? SIMULATED : REAL)}
      </p>
    </form>
  );
}

const OUTCOMES = {
  CANCELLED: 'Cancelled before it was dialed.',
  HANGING_UP: 'Hanging up, as soon as the provider can be told.',
  OVER: 'The call was over already.',
};

/** Hang up a call that is under way, or cancel one that waits; says what came of it. */
export function EndButton({ desk, call }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState(null);
  const order = useRef(null);
  useEffect(() => {
    order.current = null;
    setSaid(null);
  }, [call.id]);
  if (isOver(call)) return said && <p className="note" role="status">{said}</p>;

  const hanging = isRunning(call);
  const end = async () => {
    const document = hanging ? HANG_UP : CANCEL;
    if (order.current?.document !== document) order.current = { document, key: crypto.randomUUID() };
    setBusy(true);
    try {
      const { errors, outcome } = await desk.order(document, { id: call.id }, order.current.key);
      order.current = null;
      setSaid(errors[0]?.message ?? OUTCOMES[outcome ?? 'HANGING_UP']);
    } catch (error) {
      if (error.code !== 'UNREACHABLE') order.current = null;
      setSaid(trouble(error));
    } finally {
      setBusy(false);
    }
  };
  const asked = call.cancelRequested;
  return (
    <div className="end">
      <button type="button" className="danger" disabled={busy || asked} onClick={end}>
        {asked ? 'Hanging up…' : hanging ? 'Hang up' : 'Cancel call'}
      </button>
      <p className="note" role="status">
        {said}
      </p>
    </div>
  );
}
