package import Releases
import SystemPackage

/// What a runtime has to show before it is trusted with a plugin.
///
/// Runtimes differ in what they silently leave out, so that the configuration alone proves nothing: the trial looks
/// from inside at what it is about to be relied on.
package enum RuntimeTrial {
  /// What runs in the trial: it prints what the kernel says about it.
  static let command = [
    "/usr/bin/cat", "/proc/self/status", "/proc/self/mountinfo", "/proc/self/net/tcp", "/proc/self/net/dev",
  ]

  /// What is missing, in words; nil when everything is in place.
  ///
  /// - Parameters:
  ///   - output: what the trial printed.
  ///   - level: only containers are looked at this closely; a kernel of its own answers differently.
  ///   - network: whether the proxy must listen inside.
  package static func complaint(about output: String, level: RuntimeLevel, network: Bool = false) -> String? {
    guard level == .container else { return nil }
    let lines = output.split(separator: "\n")
    func value(_ label: String) -> Substring? {
      lines.first { $0.hasPrefix(label + ":") }?.dropFirst(label.count + 1).drop { $0 == "\t" || $0 == " " }
    }
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
      guard let bits = value(set), !bits.isEmpty, bits.allSatisfy({ $0 == "0" }) else {
        return "it leaves capabilities to the plugin (\(set))"
      }
    }
    if value("NoNewPrivs") != "1" { return "it lets the plugin gain privileges (no_new_privs is not set)" }
    if value("Seccomp") != "2" { return "it does not filter system calls (built without seccomp?)" }
    let mounts = MountPoint.read(output)
    for (path, needed) in [
      ("/", ["ro"]), ("/usr", ["ro", "nosuid", "nodev"]), ("/plugin", ["ro", "nosuid", "nodev"]),
      ("/state", ["rw", "nosuid", "nodev", "noexec"]), ("/tmp", ["nosuid", "nodev", "noexec"]),
    ] {
      guard let mount = mounts.last(where: { $0.path.string == path }) else { return "it does not mount \(path)" }
      if let missing = needed.first(where: { !mount.options.contains($0) }) {
        return "it mounts \(path) without \(missing)"
      }
    }
    // proc_net(5): the local address in hexadecimal, and 0A for a socket that listens.
    let hexadecimal = String(EgressProxy.port, radix: 16, uppercase: true)
    let listener =
      " 0100007F:" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal + " 00000000:0000 0A "
    if network, !lines.contains(where: { $0.contains(listener) }) { return "the egress proxy cannot listen in it" }
    // Two heading lines, then one line for each network device.
    let devices = lines.drop { !$0.contains("|bytes") }.dropFirst()
    guard devices.allSatisfy({ $0.drop { $0 == " " }.hasPrefix("lo:") }) else { return "it leaves a network device" }
    return nil
  }
}
