#!/usr/bin/python3
"""A receiver of webhooks for tests, over HTTPS or HTTP.

    hook-server.py FOLDER [--port N] [--cert F --key F]

Prints "port N" when it listens. Every request is a line of JSON in FOLDER/hooks. What it answers
stands in the path: /status/500, /redirect, /slow/SECONDS, /hang, /drop, /after/SECONDS (503 with
Retry-After); 204 for others. FOLDER/behaviour, when it is there, is a path that holds for all.
"""
import argparse
import http.server
import json
import os
import ssl
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--cert")
parser.add_argument("--key")
options = parser.parse_args()
lock = threading.Lock()


def behaviour():
    try:
        with open(os.path.join(options.folder, "behaviour"), encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, body):
        with lock, open(os.path.join(options.folder, "hooks"), "a", encoding="utf-8") as file:
            file.write(json.dumps({"path": self.path, "at": time.time(), "method": self.command,
                                   "headers": {k.lower(): v for k, v in self.headers.items()},
                                   "body": body}) + "\n")

    def answer(self, status, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        parts = ((behaviour() or self.path).split("/") + ["", ""])[1:3]
        self.note(body)
        if parts[0] == "status":
            self.answer(int(parts[1]))
        elif parts[0] == "redirect":
            self.answer(302, [("Location", "/elsewhere")])
        elif parts[0] == "after":
            self.answer(503, [("Retry-After", parts[1])])
        elif parts[0] == "slow":
            time.sleep(float(parts[1]))
            self.answer(200)
        elif parts[0] == "hang":
            time.sleep(3600)
        elif parts[0] == "drop":
            self.close_connection = True
        else:
            self.answer(204)

    do_GET = do_POST


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", options.port), Handler)
if options.cert:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
print("port", server.server_address[1], flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
