using CubeActors.Protocol;

namespace CubeActors.Client.Tests;

/// <summary>What a scripted data node does instead of answering well.</summary>
internal enum FaultKind
{
    /// <summary>Refuses with a code; nothing is written.</summary>
    Refuse,

    /// <summary>Writes, then answers with a code: a follower failed, and the replicas differ.</summary>
    ApplyThenRefuse,

    /// <summary>Closes before doing anything.</summary>
    Close,

    /// <summary>Writes, then closes without an answer.</summary>
    ApplyThenClose,

    /// <summary>Closes in the middle of the answer's header; in the middle of the data for reads.</summary>
    CloseWithinReply,

    /// <summary>Never answers.</summary>
    Silence,

    WrongRequestId,
    WrongOpcode,
    WrongPartition,
    WrongExtent,
    WrongOffset,
    WrongCrc,
    NoResultCode,
    Garbage,
    UnaskedData,

    /// <summary>Answers the next packet first.</summary>
    SwapWithNext,

    /// <summary>One byte more than asked for, behind a good answer.</summary>
    SurplusByte,

    /// <summary>Reads: the header's CRC is that of other data.</summary>
    WrongDataCrc,

    /// <summary>Reads: a packet of more bytes than are left.</summary>
    TooMuchData,

    /// <summary>A success that names extent 0.</summary>
    ExtentZero,

    /// <summary>Tiny writes: a success whose slot is no multiple of 4 KiB.</summary>
    UnalignedSlot,
}

/// <summary>A fault of the n-th packet with an opcode that a node receives, from 1.</summary>
/// <param name="Last">The last one that it hits; 0 for <paramref name="Nth"/> only.</param>
/// <param name="Block">Reads: the packet of the answer, from 0.</param>
internal sealed record Fault(Opcode Opcode, int Nth, FaultKind Kind, ResultCode Code = ResultCode.IntraGroupNetError, string Text = "broken on purpose", int Last = 0, int Block = 0)
{
    public bool Hits(Opcode opcode, int nth) => opcode == Opcode && nth >= Nth && nth <= Math.Max(Nth, Last);
}
