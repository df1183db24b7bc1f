// The recording of a call, by its signed link; the link is asked for again once it has expired.
import { useEffect, useRef, useState } from 'react';
import { now } from './ask.js';

const STATES = {
  PENDING: 'The recording is on its way.',
  UNAVAILABLE: 'There is no recording of this call.',
  DELETED: 'The recording was deleted.',
};

export function Player({ recording, renew }) {
  const audio = useRef(null);
  // Where somebody listened when the link expired.
  const place = useRef(null);
  const [broken, setBroken] = useState(false);
  const [src, setSrc] = useState(null);
  const available = recording?.state === 'AVAILABLE' && Boolean(recording.url);

  // Each answer has a fresh link: the one that plays is kept while it is good.
  useEffect(() => {
    if (available && (!src || place.current)) setSrc(path(recording.url));
  }, [available, recording?.url, src]);

  const failed = async () => {
    const expired = Date.parse(recording.urlExpiresAt) <= now();
    if (!expired || place.current) {
      setBroken(true);
      return;
    }
    place.current = { at: audio.current.currentTime, playing: !audio.current.paused };
    if (!(await renew())) setBroken(true);
  };
  const loaded = () => {
    const { at, playing } = place.current ?? {};
    place.current = null;
    if (at) audio.current.currentTime = at;
    if (playing) audio.current.play().catch(() => {});
  };

  if (!recording) return null;
  if (!available) return <p className="quiet">{STATES[recording.state] ?? STATES.UNAVAILABLE}</p>;
  if (broken) {
    const again = async () => {
      place.current = { at: 0, playing: false };
      setBroken(!(await renew()));
    };
    return (
      <p className="quiet">
        The recording cannot be played.{' '}
        <button type="button" onClick={again}>
          Try again
        </button>
      </p>
    );
  }
  return (
    <audio
      ref={audio}
      controls
      preload="metadata"
      aria-label="Recording"
      src={src ?? undefined}
      onError={failed}
      onLoadedMetadata={loaded}
    />
  );
}

/** The link seen from this page: the policy lets in nothing from another address. */
function path(url) {
  const { pathname, search } = new URL(url);
  return pathname.slice(pathname.lastIndexOf('/recordings/') + 1) + search;
}
