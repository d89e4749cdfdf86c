package import SystemPackage

/// A path that no plugin may have, whatever its permissions say.
package struct ProtectedPath: Hashable, Sendable {
  /// The file or folder, with everything below it.
  package let path: FilePath
  /// What lies there, in words: "SSH keys".
  package let what: String
  /// Whether reading is allowed and only writing is not.
  package let isReadable: Bool

  /// Makes an entry.
  package init(path: FilePath, what: String, isReadable: Bool = false) {
    self.path = path
    self.what = what
    self.isReadable = isReadable
  }
}

extension ProtectedPath {
  /// The built-in list for one user, with Serin's own folders and the configuration of MCP clients.
  package static func list(
    home: FilePath, environment: [String: String], ownFolders: [FilePath]
  ) -> [ProtectedPath] {
    func folder(_ variable: String, _ fallback: String) -> FilePath {
      let value = environment[variable].map { FilePath($0) }
      return value.flatMap { $0.isAbsolute ? $0 : nil } ?? home.appending(fallback)
    }
    let config = folder("XDG_CONFIG_HOME", ".config")
    let data = folder("XDG_DATA_HOME", ".local/share")
    var list = ownFolders.map { ProtectedPath(path: $0, what: "Serin's own files") }
    list += [config, data].map { ProtectedPath(path: $0.appending("serin"), what: "Serin's own files") }
    for (what, names) in inHome { list += entries(what, names, below: home) }
    for (what, names) in inConfig { list += entries(what, names, below: config) }
    for (what, names) in inData { list += entries(what, names, below: data) }
    for (what, names) in onMachine { list += entries(what, names, below: "/") }
    list += entries("programs that start by themselves", startedInHome, below: home, readable: true)
    list += entries("programs that start by themselves", startedInConfig, below: config, readable: true)
    list += entries("the operating system", system, below: "/", readable: true)
    return list
  }

  private static func entries(
    _ what: String, _ names: [String], below: FilePath, readable: Bool = false
  ) -> [ProtectedPath] {
    names.map { ProtectedPath(path: below.appending($0), what: what, isReadable: readable) }
  }

  private static let inHome: [(String, [String])] = [
    ("SSH keys", [".ssh"]), ("GnuPG keys", [".gnupg"]), ("minisign keys", [".minisign"]), ("age keys", [".age"]),
    ("cloud credentials", [".aws", ".azure", ".boto", ".s3cfg", ".oci", ".terraform.d", ".vault-token"]),
    ("cluster credentials", [".kube", ".docker", ".minikube"]),
    (
      "passwords",
      [
        ".netrc", ".pgpass", ".my.cnf", ".git-credentials", ".password-store", ".pypirc", ".npmrc", ".yarnrc.yml",
        ".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials", ".m2/settings.xml", ".bitwarden",
      ]
    ),
    (
      "a browser profile",
      [".mozilla", ".thunderbird", "snap/firefox", "snap/chromium", ".var/app/org.mozilla.firefox", ".pki"]
    ),
    ("a wallet", [".bitcoin", ".ethereum", ".electrum", ".monero"]),
    (
      "the configuration of an MCP client",
      [
        ".claude", ".claude.json", ".cursor", ".codeium", ".gemini", ".codex", ".continue", ".vscode", ".vscode-server",
        ".lmstudio", ".junie", ".aws/amazonq", ".copilot", ".kiro",
      ]
    ),
    (
      "a history of commands",
      [".bash_history", ".zsh_history", ".python_history", ".psql_history", ".mysql_history", ".node_repl_history"]
    ),
  ]

  private static let inConfig: [(String, [String])] = [
    (
      "cloud credentials",
      ["gcloud", "doctl", "rclone", "op", "1Password", "hub", "gh", "glab-cli", "containers/auth.json"]
    ),
    (
      "a browser profile",
      [
        "google-chrome", "google-chrome-beta", "chromium", "BraveSoftware", "microsoft-edge", "opera", "vivaldi",
        "mozilla", "librewolf",
      ]
    ),
    (
      "the configuration of an MCP client",
      [
        "Claude", "Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf", "zed", "goose", "github-copilot",
        "opencode", "JetBrains", "mcphub",
      ]
    ),
    ("passwords", ["keepassxc", "Bitwarden", "git/credentials", "Signal", "Slack", "discord"]),
  ]

  private static let inData: [(String, [String])] = [
    ("passwords", ["keyrings", "kwalletd", "gopass", "password-store"]),
    ("the configuration of an MCP client", ["opencode", "amp"]),
  ]

  private static let onMachine: [(String, [String])] = [
    (
      "passwords of this machine",
      ["etc/shadow", "etc/shadow-", "etc/gshadow", "etc/gshadow-", "etc/sudoers", "etc/sudoers.d", "etc/security"]
    ),
    ("keys of this machine", ["etc/ssl/private", "etc/ssh", "etc/pki/tls/private", "etc/wireguard", "etc/machine-id"]),
    ("services of this machine", ["run", "var/run", "var/lib/docker", "var/lib/containers", "var/lib/containerd"]),
    ("the kernel", ["proc", "sys", "dev", "boot"]),
  ]

  private static let startedInHome = [
    ".profile", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".zshrc", ".zshenv",
    ".zprofile", ".zlogin", ".xprofile", ".xinitrc", ".xsession", ".gitconfig", ".local/bin", "bin", ".cargo/bin",
    ".vimrc", ".emacs", ".emacs.d", ".tmux.conf", ".pythonrc",
  ]

  private static let startedInConfig = [
    "autostart", "systemd", "environment.d", "fish", "git", "nvim", "plasma-workspace",
  ]

  private static let system = [
    "usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "var/spool/cron",
  ]
}
