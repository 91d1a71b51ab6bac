namespace CubeActors.Raft;

/// <summary>What became of the wish to stand for election; not whether it will be won.</summary>
public enum CampaignResult
{
    Started,
    AlreadyLeader,
    NotMember,
    /// <summary>A committed change of the members is not applied yet: the replica does not know whom to ask.</summary>
    MembershipUnapplied,
    /// <summary>See <see cref="RaftCore.Abstain"/>.</summary>
    Abstains,
    /// <summary>See <see cref="RaftCore.LacksState"/>.</summary>
    StateMissing,
    /// <summary>What it acknowledged may be gone, see <see cref="RaftBoot.MayHaveLost"/>.</summary>
    Rejoining,
    /// <summary>A leader may answer reads because this replica promised to elect nobody else for some ticks. A forced vote ignores
    /// it.</summary>
    Promised,
    InstallingSnapshot,
    /// <summary>Nobody has said yet where one of the members is, see <see cref="RaftCore.LacksAddresses"/>.</summary>
    AddressesUnknown,
    /// <summary>No term is left. Only a peer that invents terms brings a group here.</summary>
    TermsExhausted,
}
