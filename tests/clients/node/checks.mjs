// What every Node client must see on the demo org. A client script hands `run` a way to connect; the checks,
// their order and their report are here.

import { createRequire } from 'node:module';

const ALLOWED = 'SELECT Id, Name FROM Contact LIMIT 3';
const REFUSED = 'SELECT Name, SSN__c FROM Contact LIMIT 3';
const REFUSED_FIELD = 'Contact.SSN__c';
const WHOLE_RUN_MS = 60_000;

/** Loads a package from where tests/setup put it: these scripts do not stand beside their packages. */
export const installed = createRequire(`${process.env.FIELDGATE_NODE_HOME}/package.json`);

/** The text parts of a tool's answer, and whether it is an error. */
export const answerOf = (result) => ({
  isError: result.isError === true,
  text: result.content.filter((part) => part.type === 'text').map((part) => part.text).join(''),
});

const checksFor = (revision) => [
  ['speaks the expected revision', async ({ revision: spoken }) => {
    if (spoken !== revision) throw new Error(`expected ${revision}, got ${spoken}`);
  }],
  ['lists getOrganizationLimits first, and executeQuery', async ({ tools }) => {
    const names = await tools();
    if (names[0] !== 'getOrganizationLimits' || !names.includes('executeQuery')) throw new Error(`got ${names}`);
  }],
  ['reads three records', readsThreeRecords],
  ['is refused a forbidden field, by name', async ({ query }) => {
    const { isError, text } = await query(REFUSED);
    if (!isError) throw new Error('the call succeeded');
    if (!text.includes(REFUSED_FIELD)) throw new Error(`the refusal does not name ${REFUSED_FIELD}: ${text}`);
  }],
  ['goes on working on the same connection', readsThreeRecords],
];

async function readsThreeRecords({ query }) {
  const { isError, text } = await query(ALLOWED);
  if (isError) throw new Error(`refused: ${text}`);
  const { records } = JSON.parse(text);
  if (records?.length !== 3 || !records.every((record) => record.Id && record.Name)) {
    throw new Error(`expected three records with Id and Name: ${text}`);
  }
}

/**
 * Runs all checks, prints a line for each, and ends the process: 0 only if all of them passed.
 * `connect(url, headers)` resolves to `{ revision, tools(), query(soql), close() }`.
 */
export async function run(client, revision, connect) {
  const checks = checksFor(revision);
  const outcomes = [];
  const short = (fault) => String(fault?.message ?? fault).replace(/\s+/g, ' ').slice(0, 300);
  const finish = () => {
    while (outcomes.length < checks.length) outcomes.push('not reached');
    checks.forEach(([name], at) => console.log(
      outcomes[at] ? `FAIL ${client}: ${name}: ${outcomes[at]}` : `ok   ${client}: ${name}`,
    ));
    process.exit(outcomes.some(Boolean) ? 1 : 0);
  };
  setTimeout(() => { outcomes.push(`no answer within ${WHOLE_RUN_MS} ms`); finish(); }, WHOLE_RUN_MS).unref();
  try {
    const connection = await connect(new URL(process.argv[2]), { Authorization: `Bearer ${process.env.FIELDGATE_TOKEN}` });
    for (const [, check] of checks) {
      outcomes.push(await check(connection).then(() => '', short));
    }
    await connection.close();
  } catch (fault) {
    if (outcomes.length < checks.length) outcomes.push(short(fault));
  }
  finish();
}
