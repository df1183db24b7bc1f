// Campaigns: their state, and their recipients by state.
import { CampaignBadge } from './badge.jsx';
import { Time } from './clock.jsx';
import { money, remark, spoken, trouble } from './labels.js';
import { useShown } from './shown.js';

/** The parts of the bar, in their order. */
const PARTS = [
  ['completed', 'reached'],
  ['calling', 'calling'],
  ['retrying', 'to retry'],
  ['failed', 'not reached'],
  ['pending', 'to call'],
];

export function Campaigns({ desk }) {
  const { list, ready, failure } = useShown(desk.campaigns);
  return (
    <section className="campaigns" aria-labelledby="campaigns-title">
      <h2 id="campaigns-title">Campaigns</h2>
      {failure && <p className="trouble">{trouble(failure)}</p>}
      {!ready && !failure && <p className="quiet">Loading…</p>}
      {ready && !list.length && <p className="quiet">No campaign has been started yet.</p>}
      {list.length > 0 && (
        <ul>
          {list.map((campaign) => (
            <Campaign key={campaign.id} campaign={campaign} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Campaign({ campaign }) {
  const counts = PARTS.map(([part, label]) => [part, label, campaign[part].totalCount]);
  const total = campaign.totalRecipients;
  const over = counts.reduce((sum, [part, , count]) => (['completed', 'failed'].includes(part) ? sum + count : sum), 0);
  const percent = total ? Math.floor((100 * over) / total) : 0;
  const [next] = campaign.next.nodes;
  const { totalCostMicros: amountMicros, costCurrency: currency } = campaign;
  const idle = campaign.status === 'IN_PROGRESS' && !campaign.calling.totalCount && next;
  return (
    <li className="campaign" data-campaign={campaign.id}>
      <div className="head">
        <strong>{campaign.name}</strong>
        <CampaignBadge status={campaign.status} />
      </div>
      <div
        className="bar-of-states"
        role="progressbar"
        aria-label={campaign.name}
        aria-valuenow={percent}
        aria-valuetext={`${over} of ${total} done`}
      >
        {counts.map(
          ([part, , count]) => count > 0 && <span key={part} className={part} style={{ flexGrow: count }} />,
        )}
      </div>
      <p className="counts">
        {counts
          .filter(([, , count]) => count > 0)
          .map(([part, label, count]) => (
            <span key={part} className={part}>
              {count.toLocaleString()} {label}
            </span>
          ))}
      </p>
      <p className="foot">
        <span>{campaign.agent?.name}</span>
        <span>
          {campaign.totalCalls.toLocaleString()} calls, {percent}% done
        </span>
        {amountMicros && currency && <span>{money({ amountMicros, currency })}</span>}
        {campaign.pauseReason && <span>Paused: {spoken(campaign.pauseReason)}</span>}
        {idle && next.waitingFor && <span>{remark(next)}</span>}
        {campaign.finishedAt && (
          <span>
            ended <Time at={campaign.finishedAt} />
          </span>
        )}
      </p>
    </li>
  );
}
