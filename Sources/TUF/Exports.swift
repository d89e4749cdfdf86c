// `import TUF` is enough for everything that its interface speaks of: keys, signers and digests, and JSON values.
@_exported public import Signing
@_exported public import StrictJSON
