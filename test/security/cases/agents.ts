import { attack, type Subject } from '../case.ts';

const door = 'agents/door-attacks';
const links = 'agents/connect-attacks';
const calls = 'agents/call-attacks';
const approvals = 'agents/approvals';
const exact = 'agents/exact-calls';
const requests = 'agents/exact-call-requests';
const brakes = 'agents/permissions';

export const agents: Subject = {
  title: 'AI agents and their MCP server',
  cases: [
    attack(
      'The MCP server takes tokens of its own audience alone, in the header, and its tokens open no other API.',
      `${door}: a token is asked for`,
      `${door}: a token of another audience`,
      `${door}: a token of this API opens no other`,
      `${door}: a token without a key is refused`,
      `${door}: a token in the query`,
      `${door}: is off until it is switched on`,
    ),
    attack(
      'A tool that needs a scope is refused without it, with all scopes that it needs, and the refusal is an event.',
      `${door}: a token that lacks a scope`,
    ),
    attack(
      'A page of another site, another Host, another method, a cache and a message that is malformed, too large or a batch get nothing.',
      `${door}: a request of a page of another site`,
      `${door}: a request for another Host`,
      `${door}: a request with the method`,
      `${door}: a request that is no JSON`,
      `${door}: a request that is too large`,
      `${door}: a request whose headers tell of another call`,
      `${door}: a request is never answered from a cache`,
    ),
    attack(
      'A link to connect an account that another person opens does nothing, and its owner’s audit tells of it.',
      `${links}: a link to connect an account of Alice`,
      `${links}: a link to connect an account needs the person to sign in`,
      `${links}: a link to connect an account counts once`,
      `${links}: a link to connect an account asks nothing of the provider`,
    ),
    attack(
      'An agent that asks in a loop opens no more than ten links for a person, and four streams for news in a process.',
      `${links}: a link to connect an account is the same`,
      `${links}: a link to connect an account is one of ten`,
      `${door}: a request for news is refused`,
    ),
    attack(
      'The state between two rounds of a tool call is refused for another person, client, tool or arguments, and decides nothing.',
      `${links}: the state between two rounds`,
      `${links}: a client of the earlier revision`,
      `${links}: a client of the newest revision`,
    ),
    attack(
      'A token that a provider repeats in its answer reaches no agent, in eight spellings.',
      `${calls}: the token`,
      'retrieval/scrub: the token is removed',
    ),
    attack(
      'A path, header or parameter of an agent leads to no other host, credential or method.',
      `${calls}: a path`,
    ),
    attack(
      'Instructions in an answer of a provider are data: they cause no call, and get into no description of a tool.',
      `${calls}: an answer of the provider`,
      `${calls}: each call is one event`,
    ),
    attack(
      'An approval is used once, also by several requests at the same time.',
      `${approvals}: is used once by two`,
      `${approvals}: is asked for once`,
      'agents/changes: is made once',
    ),
    attack(
      'An approval is refused for a call that differs in one byte, for another client and for another person.',
      `${approvals}: is not used for a call`,
      `${approvals}: is not used by another client`,
    ),
    attack(
      'A token for one exact call gives no more than this call, once, also at several processes, and not to another person or after a refresh.',
      `${exact}: gives no more than the call`,
      `${exact}: is made once by two processes`,
      `${exact}: gets the call with the code`,
      `${exact}: is none for another person`,
      `${exact}: leaves the rights of the scopes`,
    ),
    attack(
      'An exact call is asked each time, as it was pushed or signed, and is refused before any question where the proxy would refuse it.',
      `${exact}: pushes or signs the call`,
      `${exact}: of the operator asks too`,
      `${requests}: with %s is refused`,
      `${requests}: of an app without the type`,
    ),
    attack(
      'The right to an exact call ends after ten minutes and with the consent, and its content is in no token and no open column.',
      `${exact}: ends after ten minutes`,
      `${exact}: ends with the consent`,
      `${exact}: is not made if the token has ended`,
      `${exact}: leaves no content of a call`,
      `${exact}: is shown to the person, approved`,
    ),
    attack(
      'An approval ends after ten minutes, with the consent, with the account and with the person’s choice.',
      `${approvals}: ends after ten minutes`,
      `${approvals}: ends with the consent`,
      `${brakes}: lets write freely`,
    ),
    attack(
      'An approval needs a press of its own person on our page: no GET, no form of another site, no forged row.',
      `${approvals}: needs a press`,
      `${approvals}: is decided by its own person`,
      `${approvals}: is not believed`,
    ),
    attack(
      'A page of an approval shows markup, control, bidirectional and invisible characters as text, and cuts nothing.',
      `${approvals}: shows what it is`,
    ),
    attack(
      'An agent that has read one account asks before it writes to another; its questions and writes have limits.',
      `${brakes}: lets write freely`,
      `${brakes}: has brakes`,
    ),
    attack(
      'A client that registered itself is shown with its proven domain alone, and is asked about anew when it describes itself anew.',
      `${brakes}: of a client that registered itself`,
    ),
    attack(
      'A call that the operator denies is asked of no person, however its path is spelled.',
      `${brakes}: follows the rules`,
      `${approvals}: is not asked for`,
      'agents/changes: that the operator denies',
    ),
    attack(
      'One press stops all agents: consents, grants, refresh tokens, permissions and open questions end.',
      'agents/pages: stop all agents',
    ),
  ],
};
