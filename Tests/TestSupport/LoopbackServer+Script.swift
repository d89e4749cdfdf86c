/// The server of the transport tests: Python's standard library only, stopped by a signal.
let loopbackServerScript = #"""
  import hashlib, http.server, os, re, socketserver, ssl, sys, threading, time, urllib.parse

  folder = sys.argv[1]
  connections = 0

  class Handler(http.server.BaseHTTPRequestHandler):
      protocol_version = "HTTP/1.1"
      # Head and body are two writes; the second must not wait for the first to be acknowledged.
      disable_nagle_algorithm = True

      def log_message(self, *arguments): pass

      def setup(self):
          global connections
          connections += 1
          super().setup()

      def answer(self, status, body=b"", headers={}):
          self.send_response(status)
          self.send_header("Content-Length", str(len(body)))
          for name, value in headers.items(): self.send_header(name, value)
          self.end_headers()
          self.wfile.write(body)

      def content(self, name):
          with open(os.path.join(folder, os.path.basename(name)), "rb") as file: return file.read()

      def file(self, body, ranges=True):
          etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
          headers = {"ETag": etag, "Content-Type": "application/octet-stream"}
          if self.headers.get("If-None-Match") == etag: return self.answer(304, headers=headers)
          match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
          if ranges and match and self.headers.get("If-Range") in (None, etag):
              start = int(match.group(1))
              if start >= len(body):
                  return self.answer(416, headers={"Content-Range": "bytes */%d" % len(body)})
              headers["Content-Range"] = "bytes %d-%d/%d" % (start, len(body) - 1, len(body))
              return self.answer(206, body[start:], headers)
          self.answer(200, body, headers)

      def stream(self, length=None):
          self.close_connection = True
          self.send_response(200)
          if length is not None: self.send_header("Content-Length", str(length))
          self.send_header("Connection", "close")
          self.end_headers()

      def do_GET(self):
          kind, _, rest = self.path[1:].partition("/")
          try:
              if kind == "file": self.file(self.content(rest))
              elif kind == "tree":
                  parts = [urllib.parse.unquote(part) for part in rest.split("/")]
                  if any(part in ("", ".", "..") or "/" in part or "\0" in part for part in parts):
                      return self.answer(404)
                  with open(os.path.join(folder, *parts), "rb") as file: self.file(file.read())
              elif kind == "plain": self.file(self.content(rest), ranges=False)
              elif kind == "wrong-range":
                  body = self.content(rest)
                  self.answer(206, body, {"Content-Range": "bytes 0-%d/%d" % (len(body) - 1, len(body))})
              elif kind == "cut":
                  count, _, name = rest.partition("/")
                  body = self.content(name)
                  if self.headers.get("Range"): return self.file(body)
                  etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
                  self.close_connection = True
                  self.send_response(200)
                  self.send_header("Content-Length", str(len(body)))
                  self.send_header("ETag", etag)
                  self.end_headers()
                  self.wfile.write(body[:int(count)])
              elif kind == "announce":
                  self.stream(int(rest))
                  self.wfile.write(b"few")
              elif kind == "endless":
                  self.stream()
                  while True: self.wfile.write(b"x" * 65536)
              elif kind == "slow":
                  self.stream(len(self.content(rest)))
                  for byte in self.content(rest):
                      self.wfile.write(bytes([byte]))
                      self.wfile.flush()
                      time.sleep(0.1)
              elif kind == "silent": time.sleep(3600)
              elif kind == "status": self.answer(int(rest), b"an answer of some length")
              elif kind == "redirect":
                  count, _, name = rest.partition("/")
                  target = "/file/" + name if int(count) <= 1 else "/redirect/%d/%s" % (int(count) - 1, name)
                  self.answer(302, headers={"Location": target})
              elif kind.startswith("go?"): self.answer(302, headers={"Location": self.path[4:]})
              elif kind == "garbage":
                  self.close_connection = True
                  self.wfile.write(b"this is not HTTP at all\r\n\r\n")
              elif kind == "header-flood":
                  self.close_connection = True
                  self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                  while True: self.wfile.write(b"X-Padding: " + b"y" * 1000 + b"\r\n")
              elif kind == "connections": self.answer(200, str(connections).encode())
              elif kind == "agent": self.answer(200, self.headers.get("User-Agent", "").encode())
              else: self.answer(404)
          except (FileNotFoundError, NotADirectoryError, IsADirectoryError): self.answer(404)
          except (BrokenPipeError, ConnectionResetError, ssl.SSLError): self.close_connection = True

  class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
      daemon_threads = True
      def handle_error(self, request, client_address): pass

  # Nobody is left behind when the tests are killed: their end of this pipe closes with them.
  def wait_for_the_end():
      sys.stdin.buffer.read()
      os._exit(0)

  threading.Thread(target=wait_for_the_end, daemon=True).start()
  server = Server(("127.0.0.1", 0), Handler)
  if len(sys.argv) > 2:
      context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
      context.load_cert_chain(sys.argv[2])
      server.socket = context.wrap_socket(server.socket, server_side=True)
  sys.stdout.write("%d\n" % server.server_address[1])
  sys.stdout.flush()
  server.serve_forever()
  """#
