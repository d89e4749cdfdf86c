import StrictJSON

/// The seccomp filter of every sandbox, as the OCI runtime specification writes it.
enum SeccompProfile {
  /// The names that OCI gives to this machine's instruction set, as libseccomp writes them.
  static var architectures: [String] {
    #if arch(arm64)
      ["SCMP_ARCH_AARCH64"]
    #elseif arch(riscv64)
      ["SCMP_ARCH_RISCV64"]
    #else
      ["SCMP_ARCH_X86_64"]
    #endif
  }

  /// The `linux.seccomp` object: everything that is not listed fails with EPERM.
  static var json: JSON {
    [
      "defaultAction": "SCMP_ACT_ERRNO",
      "architectures": .array(architectures.map(JSON.string)),
      "syscalls": .array(rules),
    ]
  }

  private static var rules: [JSON] {
    var rules = [rule(SeccompSyscalls.allowed)]
    // One rule per value: libseccomp joins the conditions of one rule with "and".
    rules += SeccompSyscalls.socketFamilies.map { rule(["socket"], argument: 0, equals: $0) }
    rules += SeccompSyscalls.personalities.map { rule(["personality"], argument: 0, equals: $0) }
    rules.append(
      rule(
        ["clone"],
        conditions: [
          [
            "index": 0, "value": number(SeccompSyscalls.namespaceFlags), "valueTwo": 0,
            "op": "SCMP_CMP_MASKED_EQ",
          ]
        ]))
    let noSuchCall: JSON = 38
    rules.append([
      "names": .array(SeccompSyscalls.unknownToPlugins.map(JSON.string)), "action": "SCMP_ACT_ERRNO",
      "errnoRet": noSuchCall,
    ])
    return rules
  }

  private static func rule(_ names: [String], argument: Int64, equals value: UInt64) -> JSON {
    rule(names, conditions: [["index": .integer(argument), "value": number(value), "op": "SCMP_CMP_EQ"]])
  }

  private static func rule(_ names: [String], conditions: [JSON] = []) -> JSON {
    var object = JSON.Object([("names", .array(names.map(JSON.string))), ("action", "SCMP_ACT_ALLOW")])
    if !conditions.isEmpty { object.set("args", .array(conditions)) }
    return .object(object)
  }

  private static func number(_ value: UInt64) -> JSON { .integer(Int64(clamping: value)) }
}
