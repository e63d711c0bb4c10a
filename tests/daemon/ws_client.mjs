// The websocket half of ws_client.py: strophe.js, the library under Jitsi's web client, driven over a pipe.
// Reads one JSON object a line: {do: connect, url, domain} {do: send, xml} {do: close};
// writes one a line: {is: connected, jid} {is: stanza, xml} {is: authfail | failed | disconnected, why}.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
const require = createRequire(import.meta.url); // its ES module does not find ws in node
const { Strophe } = require('strophe.js');
const { DOMParser, XMLSerializer } = require('@xmldom/xmldom');

const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const parse = (text) => new DOMParser().parseFromString(text, 'text/xml').documentElement;
const serialize = (element) => new XMLSerializer().serializeToString(element);

// strophe asks for it when it disconnects; this DOM does not have it.
Object.defineProperty(Object.getPrototypeOf(parse('<a/>')), 'firstElementChild', {
    get() { return Array.from(this.childNodes).find((node) => node.nodeType === 1) ?? null; },
});

let connection;
let closing = false;

function on_status(status, condition) {
    const { CONNECTED, AUTHFAIL, CONNFAIL, CONNTIMEOUT, ERROR, DISCONNECTED } = Strophe.Status;
    if (status === CONNECTED) print({ is: 'connected', jid: connection.jid });
    else if (status === AUTHFAIL) print({ is: 'authfail', why: String(condition) });
    else if ([CONNFAIL, CONNTIMEOUT, ERROR].includes(status)) print({ is: 'failed', why: String(condition) });
    else if (status === DISCONNECTED) {
        print({ is: 'disconnected', why: String(condition) });
        process.exitCode = 0;
        process.stdin.destroy();
    }
}

// Whatever arrives, before any handler; the frames of the stream are left out.
function on_input(element) {
    if (['presence', 'message', 'iq'].includes(element.nodeName)) print({ is: 'stanza', xml: serialize(element) });
}

const commands = {
    connect({ url, domain }) {
        Strophe.setLogLevel(Strophe.LogLevel.FATAL);
        connection = new Strophe.Connection(url);
        connection.xmlInput = on_input;
        connection.connect(domain, null, on_status); // no node, no password: SASL ANONYMOUS
    },
    send({ xml }) {
        if (!closing) connection.send(parse(xml));
    },
    close() {
        closing = true;
        connection.flush();
        connection.disconnect('closed');
        setTimeout(() => process.exit(0), 1000).unref();
    },
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
    const command = JSON.parse(line);
    commands[command.do](command);
});
lines.on('close', () => process.exit(0)); // the test is gone
