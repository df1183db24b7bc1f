// What is said in the call in view; it stays at its end while somebody speaks.
import { memo, useEffect, useRef } from 'react';
import { span } from './labels.js';

const SPEAKERS = { AGENT: 'Agent', LEAD: 'Lead', SYSTEM: 'System', TOOL: 'Tool' };
/** Pixels from the end within which a reader counts as being there. */
const NEAR = 60;

export function Transcript({ words: { turns, partial }, live, agent, lead }) {
  const list = useRef(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const box = list.current;
    if (box && live && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [turns, partial, live]);
  if (!turns.length && !partial) {
    return <p className="quiet">{live ? 'Nothing has been said yet.' : 'There is no transcript.'}</p>;
  }
  const names = { ...SPEAKERS, AGENT: agent ?? SPEAKERS.AGENT, LEAD: lead ?? SPEAKERS.LEAD };
  return (
    <ol
      className="transcript"
      ref={list}
      tabIndex={0}
      aria-label="Transcript"
      onScroll={({ currentTarget: box }) => {
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
      }}
    >
      {turns.map((turn) => (
        <Turn key={turn.position} turn={turn} name={names[turn.speaker] ?? turn.speaker} />
      ))}
      {partial && (
        <Turn turn={{ ...partial, startSeconds: null }} name={names[partial.speaker]} partial />
      )}
    </ol>
  );
}

const Turn = memo(function Turn({ turn, name, partial }) {
  return (
    <li className={partial ? 'turn partial' : 'turn'} data-speaker={turn.speaker}>
      <span className="name">{name}</span>
      <span className="at">{turn.startSeconds === null ? '' : span(turn.startSeconds)}</span>
      <p>
        {turn.text}
        {partial && <span aria-hidden="true"> …</span>}
      </p>
    </li>
  );
});
