"""Makes a package for tests, by the format's description and not by the product's code.

ppk.py OUT FOLDER MANIFEST [KEY]: FOLDER holds what is packed, MANIFEST is JSON without "files",
KEY a PEM file with the private Ed25519 key to sign with.
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def sign(text, key):
    with tempfile.NamedTemporaryFile() as file:
        file.write(text)
        file.flush()
        signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file.name)
    public = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-32:]
    return {"key": hashlib.sha256(public).hexdigest(),
            "signature": base64.b64encode(signature).decode()}


def main():
    out, folder, manifest = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    files = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder)] = file.read()
    manifest["files"] = [{"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                         for path, data in sorted(files.items())]
    text = json.dumps(manifest).encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("manifest.json", text)
        if len(sys.argv) > 4:
            package.writestr("signature.json", json.dumps(sign(text, sys.argv[4])))
        for path, data in sorted(files.items()):
            package.writestr(path, data)


main()
