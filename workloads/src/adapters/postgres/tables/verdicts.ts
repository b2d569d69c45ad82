import type { CheckResult, Verdict } from '../../../domain/risk/verdict.ts';
import { integer, oneOf, optional, text } from '../column.ts';
import { OUTCOMES, SUBJECTS } from '../enumerations.ts';
import { insertOnce, onceStatements } from '../insert-once.ts';
import type { Row, Statements } from '../statement.ts';
import { intentIn, intentRow } from './intent-columns.ts';

const COLUMNS = [
  'verdict_id',
  'outcome',
  'code',
  'symbol',
  'subject',
  'signal_id',
  'checks',
  'limits_hash',
  'time',
  'intent',
];
const VERDICTS = onceStatements({
  name: 'verdicts',
  key: ['verdict_id'],
  columns: COLUMNS,
  content: COLUMNS,
});
const ONE = { name: 'verdicts.one', text: 'SELECT * FROM verdicts WHERE verdict_id = $1' };
const ALL = { name: 'verdicts.all', text: 'SELECT * FROM verdicts ORDER BY sequence' };

function verdictIn(row: Row): Verdict {
  return {
    verdictId: text(row, 'verdict_id'),
    outcome: oneOf(row, 'outcome', OUTCOMES),
    code: text(row, 'code'),
    symbol: text(row, 'symbol'),
    subject: oneOf(row, 'subject', SUBJECTS),
    ...optional(row, { column: 'signal_id', key: 'signalId' }, text),
    checks: row['checks'] as readonly CheckResult[],
    limitsHash: text(row, 'limits_hash'),
    time: integer(row, 'time'),
    ...optional(row, { column: 'intent', key: 'order' }, (_, column) => intentIn(row[column] as Row)),
  };
}

export const insertVerdict = (db: Statements, verdict: Verdict): Promise<boolean> =>
  insertOnce(db, VERDICTS, {
    verdict_id: verdict.verdictId,
    outcome: verdict.outcome,
    code: verdict.code,
    symbol: verdict.symbol,
    subject: verdict.subject,
    signal_id: verdict.signalId ?? null,
    checks: JSON.stringify(verdict.checks),
    limits_hash: verdict.limitsHash,
    time: verdict.time,
    intent: verdict.order === undefined ? null : JSON.stringify(intentRow(verdict.order)),
  });

export async function readVerdict(db: Statements, verdictId: string): Promise<Verdict | undefined> {
  const [row] = await db.run(ONE, [verdictId]);
  return row === undefined ? undefined : verdictIn(row);
}

export const readVerdicts = async (db: Statements): Promise<readonly Verdict[]> =>
  (await db.run(ALL, [])).map(verdictIn);
