public import Signing

extension TUFError: SerinError {
  /// Whose fault it is.
  public var blame: Blame {
    switch kind {
    case .publishing: .user
    default: .repository
    }
  }

  /// One sentence: what is refused and why.
  public var description: String {
    switch self {
    case .json(let role, let error): "the \(role) metadata is not acceptable: \(error)"
    case .malformed(let role, let reason): "the \(role) metadata is malformed: \(reason)"
    case .wrongType(let role, let expected, let offered):
      "the \(role) metadata has the type \"\(printable(offered))\" instead of \"\(expected)\""
    case .unsupportedSpecification(let role, let offered):
      "the \(role) metadata follows TUF \"\(printable(offered))\", but only 1.x is understood"
    case .duplicateSignature(let role, let keyID):
      "the \(role) metadata carries two signatures of the key \(printable(keyID))"
    case .noValidSignature(let role, let needed):
      "the \(role) metadata carries no valid signature of its keys (\(needed) needed)"
    case .threshold(let role, let needed, let valid):
      "the \(role) metadata needs valid signatures of \(needed) keys and has \(valid)"
    case .wrongVersion(let role, let expected, let offered):
      "the \(role) metadata has version \(offered) where version \(expected) was announced"
    case .rollback(let role, let trusted, let offered):
      "the \(role) metadata went back: offered version \(offered), trusted \(trusted)"
    case .roleVanished(let role, let trusted):
      "the role \(role), trusted in version \(trusted), has vanished from the snapshot role"
    case .expired(let role, let expires, let now):
      "the \(role) metadata expired at \(expires), and it is \(now)"
    case .length(let file, let expected, let offered):
      "\(printable(file)) has \(offered) bytes where \(expected) were signed"
    case .digest(let file, let algorithm, let expected, let offered):
      "\(printable(file)) has the \(algorithm) digest …\(lastSix(offered)) where …\(lastSix(expected)) was signed"
    case .unknownDigest(let file, let algorithms):
      "\(printable(file)) is signed only with unknown digests (\(printable(algorithms.joined(separator: ", "))))"
    case .tooLarge(let file, let limit, let offered):
      "\(printable(file)) has \(offered) bytes or more, and the limit is \(limit)"
    case .missing(let file): "the repository does not have \(printable(file))"
    case .tooManyRoots(let limit): "the repository offers more than \(limit) new root versions at once"
    case .tooManyDelegations(let path, let limit):
      "the search for \(printable(path)) would visit more than \(limit) roles"
    case .notListed(let role): "the role \(role) is delegated to, but the snapshot role does not list it"
    case .unexpectedAnswer: "an answer was given that the workflow had not asked for"
    default: publishingDescription
    }
  }

  private var publishingDescription: String {
    switch self {
    case .unknownRole(let name): "there is no role \(printable(name)) in this repository"
    case .unpublishable(let name, let reason): "\(printable(name)) cannot be published: \(reason)"
    case .missingSignatures(let role, let needed, let have, let keyIDs):
      "the \(role) role needs \(needed) signatures of [\(keyIDs.map(shortened).joined(separator: ", "))], have \(have)"
    case .unreachableTarget(let path, let role):
      "no client would find \(printable(path)) in the role \(role), because no delegation leads there"
    case .refusedByClient(let error): "a client would refuse the new state: \(error)"
    default: "the metadata is refused"
    }
  }

  /// What to do next.
  public var help: String? {
    switch kind {
    case .badSignature, .threshold, .digest:
      "nothing was changed; ask the publisher, and look at the network path if it goes on"
    case .expired:
      "installed plugins keep running; the publisher must renew the metadata, and this machine's clock should be right"
    case .rollback: "nothing was changed; a server or mirror offers old metadata, try another one or ask the publisher"
    case .malformed, .missing, .limit: "nothing was changed; tell the publisher of the repository"
    case .publishing: publishingHelp
    }
  }

  private var publishingHelp: String? {
    switch self {
    case .missingSignatures: "unlock more of these keys, or collect the missing signatures"
    case .unreachableTarget: "check the path patterns of the delegations"
    case .refusedByClient(let error) where error.kind == .expired: "re-sign the expired role in the same step"
    case .refusedByClient: "publish a chain of smaller steps"
    default: nil
    }
  }

  private func lastSix(_ hex: String) -> String { printable(String(hex.suffix(6))) }

  private func shortened(_ keyID: String) -> String { printable(String(keyID.prefix(8))) }
}
