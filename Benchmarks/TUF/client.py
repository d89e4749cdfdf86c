"""python-tuf's client for the benchmark: `client.py METADATA-FOLDER URL ROOT [TARGET TARGET-FOLDER]`."""
import sys

from tuf.ngclient import Updater

metadata, url, root = sys.argv[1:4]
target, folder = sys.argv[4:6] if len(sys.argv) > 4 else (None, None)
with open(root, "rb") as file:
    updater = Updater(metadata, f"{url}/metadata/", folder, f"{url}/targets/", bootstrap=file.read())
updater.refresh()
if target:
    updater.download_target(updater.get_targetinfo(target))
