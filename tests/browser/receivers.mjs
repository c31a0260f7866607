// What the walk through a real daemon lets it talk to: a mail server that takes everything, a listener
// for webhooks, and codes of a second factor. On loopback only.
import { createHmac } from 'node:crypto';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

function decoded(mail) {
  const [head, ...rest] = mail.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (/content-transfer-encoding: base64/i.test(mail)) {
    const text = body.split('\r\n\r\n').pop().replace(/--[^\r\n]*/g, '');
    return `${head}\n\n${Buffer.from(text, 'base64').toString()}`;
  }
  const plain = body.replace(/=\r\n/g, '');
  const bytes = /content-transfer-encoding: quoted-printable/i.test(mail) ? plain.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))) : plain;
  return `${head}\n\n${Buffer.from(bytes, 'latin1').toString()}`;
}

// SMTP (RFC 5321) without encryption: keeps what comes. wait() gives the next mail to somebody.
export async function startMailServer() {
  const mails = [];
  const server = createServer((socket) => {
    let text = '';
    let data = false;
    const say = (line) => socket.write(`${line}\r\n`);
    say('220 test ready');
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      for (;;) {
        const end = text.indexOf(data ? '\r\n.\r\n' : '\r\n');
        if (end < 0) {
          return;
        }
        const line = text.slice(0, end);
        text = text.slice(end + (data ? 5 : 2));
        if (data) {
          mails.push(decoded(line));
          data = false;
          say('250 kept');
        } else if (/^DATA/i.test(line)) {
          data = true;
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else {
          say('250 well');
        }
      }
    });
  });
  const port = await listen(server);
  const wait = async (pattern) => {
    for (let i = 0; i < 150; i += 1) {
      const found = mails.findIndex((mail) => pattern.test(mail));
      if (found >= 0) {
        return mails.splice(found, 1)[0];
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`no mail with ${pattern} came in 30 s; there are ${mails.length} others`);
  };
  return { port, wait, stop: () => server.close() };
}

// Keeps what is posted to it.
export async function startHook() {
  const calls = [];
  const server = createHttp((req, res) => {
    let text = '';
    req.on('data', (piece) => (text += piece));
    req.on('end', () => {
      calls.push({ headers: req.headers, body: JSON.parse(text) });
      res.writeHead(200);
      res.end('taken');
    });
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/hook`, calls, stop: () => server.close() };
}

// RFC 6238 with SHA-1, six digits, thirty seconds. `step` moves by whole codes.
export function oneTimeCode(secret, step = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/[\s=]/g, '').toUpperCase()].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + step));
  const hash = createHmac('sha1', key).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}
