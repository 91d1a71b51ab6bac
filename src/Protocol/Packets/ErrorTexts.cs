using System.Text;

namespace CubeActors.Protocol;

/// <summary>The words in error bodies that are part of the protocol: CubeFS derives a result code from the text, not from the code byte.</summary>
/// <remarks>
/// A chain leader of CubeFS reads a follower's body only, so a body must hold the token of its code, and no token of another.
/// No text holds a percent sign: CubeFS puts follower bodies through a printf.
/// Source: CubeFS datanode/repl/packet.go identificationErrorResultCode.
/// </remarks>
public static class ErrorTexts
{
    public const string ArgMismatch = "parameter mismatch error";
    public const string UnknownOpcode = "unknown opcode";
    public const string PartitionMissing = "data partition not exists";
    public const string ExtentMissing = "extent does not exist";
    public const string ExtentDeleted = "extent has been deleted";
    /// <summary>Not the kernel's sentence, which lacks "the" and is no token.</summary>
    public const string NoSpace = "no space left on the device";
    public const string DiskBroken = "disk has broken";
    /// <summary>No tiny extent is available; the client then makes a normal one.</summary>
    public const string NoTinyExtent = "GetAvailableTinyExtent";
    public const string LimitedIo = "limited io error";
    public const string TinyRecovering = "tiny extent recovering error";
    public const string DecommissionRepairing = "data partition decommission repairing error";
    public const string PartitionRepairing = "data partition is repairing error";
    public const string TryAgain = "try again";
    public const string NotRaftLeader = "raft is not the leader.";
    public const string RaftShutDown = "raft is already shutdown.";
    public const string VersionMismatch = "ver not consistent";
    public const string NoRepairToken = "no disk read repair extent token";
    public const string StoreClosed = "extent store already closed";
    public const string ExtentLimitReached = "reached max extents count";
    public const string ClusterForbidsProtocolVersion = "cluster forbid write operate of packet protocol version";
    public const string VolumeForbidsProtocolVersion = "vol forbid write operate of packet protocol version";

    // Without a token, hence IntraGroupNetError; peers and operators know the wording.
    public const string PartitionForbidden = "the data partition is forbidden";
    public const string CrcMismatch = "packet Crc is incorrect";
    public const string ExtentExists = "extent already exists";
    public const string ExtentFull = "extent is full";
    public const string NoRaftLeader = "no raft leader";
    public const string NotStarted = "datanode still not started";
    public const string RepairLimit = "repair limit, cannot do extentRepair";
    /// <summary>A read that crosses the end of the extent.</summary>
    public const string EndOfExtent = "EOF";

    // In the order in which the first hit wins.
    private static readonly (string Token, ResultCode Code)[] Tokens =
    [
        (ArgMismatch, ResultCode.ArgMismatch),
        (UnknownOpcode, ResultCode.ArgMismatch),
        (PartitionMissing, ResultCode.TryOtherAddress),
        (ExtentMissing, ResultCode.NotExist),
        (ExtentDeleted, ResultCode.NotExist),
        (NoSpace, ResultCode.DiskNoSpace),
        (DiskBroken, ResultCode.DiskError),
        (NoTinyExtent, ResultCode.DiskNoSpace),
        (LimitedIo, ResultCode.LimitedIo),
        (TinyRecovering, ResultCode.TinyRecovering),
        (DecommissionRepairing, ResultCode.DecommissionRepairing),
        (PartitionRepairing, ResultCode.PartitionRepairing),
        (TryAgain, ResultCode.Again),
        (NotRaftLeader, ResultCode.TryOtherAddress),
        (RaftShutDown, ResultCode.TryOtherAddress),
        (VersionMismatch, ResultCode.VersionMismatch),
        (NoRepairToken, ResultCode.ReadRepairAgain),
        (StoreClosed, ResultCode.StoreClosed),
        (ExtentLimitReached, ResultCode.ExtentLimitReached),
        (ClusterForbidsProtocolVersion, ResultCode.ProtocolVersionForbidden),
        (VolumeForbidsProtocolVersion, ResultCode.ProtocolVersionForbidden),
    ];
    private static readonly (byte[] Token, ResultCode Code)[] TokensUtf8 =
        [.. Tokens.Select(row => (Encoding.ASCII.GetBytes(row.Token), row.Code))];

    /// <summary>The code of the first token in table order that <paramref name="text"/> holds; IntraGroupNetError if it holds none.</summary>
    public static ResultCode ToCode(ReadOnlySpan<char> text)
    {
        foreach (var (token, code) in Tokens)
            if (text.Contains(token, StringComparison.Ordinal)) return code;
        return ResultCode.IntraGroupNetError;
    }

    /// <summary>The same for an error body as it came.</summary>
    public static ResultCode ToCode(ReadOnlySpan<byte> body)
    {
        foreach (var (token, code) in TokensUtf8)
            if (body.IndexOf(token) >= 0) return code;
        return ResultCode.IntraGroupNetError;
    }

    /// <summary>The token that a body with this code must hold; null for codes that no text conveys, IntraGroupNetError among them.</summary>
    /// <remarks>Where several tokens mean one code this is the one of everyday operation; prefer the constant that says what happened.</remarks>
    public static string? TokenFor(ResultCode code) => code switch
    {
        ResultCode.TryOtherAddress => NotRaftLeader,
        ResultCode.ProtocolVersionForbidden => VolumeForbidsProtocolVersion,
        _ => Array.Find(Tokens, row => row.Code == code).Token,
    };

    /// <summary>An error body: action, text, no percent sign, cut to <see cref="PacketLimits.TextBytesMax"/>.</summary>
    /// <param name="action">From <see cref="ActionPrefixes"/>.</param>
    public static byte[] Body(string action, string text)
    {
        var body = Encoding.UTF8.GetBytes((action + text).Replace('%', '_'));
        return body.Length <= PacketLimits.TextBytesMax ? body : body[..(int)PacketLimits.TextBytesMax];
    }
}
