using System.Collections.Immutable;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One request of a client connection, from its header to its last reply packet. Reused by its connection.</summary>
/// <remarks>
/// Owned by the receive loop until it is queued, then guarded by the connection's lock, except for what one step alone touches: the
/// executor its execution fields, the reply loop its block once it is ready.
/// </remarks>
internal sealed class RequestSlot(ClientConnection connection) : IProposal, ILeaderRead
{
    /// <summary>Who sent it, <c>ip:port</c>.</summary>
    public string Remote => connection.Remote;

    /// <summary>Goes through the raft log of its partition instead of the executor.</summary>
    public bool IsOverwrite;

    /// <summary>A read that only the raft leader may answer.</summary>
    public bool IsLeaderRead;

    /// <summary>As received; the chain leader fills in the extent id and offset that it chose.</summary>
    public PacketHeader Header;

    /// <summary>The Arg as received, echoed in error replies.</summary>
    public byte[] Arg = new byte[64];
    public int ArgBytes;

    /// <summary>Data of the request; for a read the buffer of its blocks.</summary>
    public BufferLease? Lease;

    /// <summary>Entered, and left when the request is over.</summary>
    public PartitionGate? Gate;

    /// <summary>It waits for its partition, or has waited and is not executed yet.</summary>
    public ClientConnection.Wait? Wait;

    /// <summary>Where to forward to; empty where this replica acts alone.</summary>
    public ImmutableArray<string> Followers = [];

    /// <summary>The tiny extent taken for this write; given back with its outcome when the reply is written.</summary>
    public ExtentId? TakenTiny;

    /// <summary>Answers that are still missing: the local step, and one for each follower it was sent to.</summary>
    public int OpenParts;

    /// <summary>The outcome stands; what remains is to send it.</summary>
    public bool IsDecided;
    public ResultCode Result;

    /// <summary>Body of an error, or Data of an answer; null for none.</summary>
    public byte[]? Body;

    /// <summary>Once the local step has succeeded an error no longer echoes the Arg (data-plane 1.7).</summary>
    public bool LocalSucceeded;

    /// <summary>Nothing is sent: a read of no bytes.</summary>
    public bool IsSilent;

    /// <summary>After this reply the connection is closed.</summary>
    public bool ClosesConnection;

    /// <summary>The last in list order of the followers that failed, and what it said: of several the last one is reported.</summary>
    public int FailedFollower;
    public byte[]? FollowerError;

    /// <summary>Its header was there and its data was to be received, in the same units as what follows; 0 without data.</summary>
    public long BegunAt;

    /// <summary>The request was complete, in units of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long ReceivedAt;

    /// <summary>The local step has ended; 0 where it has not, or there is none besides the answer.</summary>
    public long LocalEndedAt;

    /// <summary>Its work began; 0 until then, and for reads that the page cache answered.</summary>
    public long StartedAt;

    /// <summary>Its followers or its raft group had decided it; 0 where that was for nobody to decide.</summary>
    public long DecidedAt;

    /// <summary>Time that the disk took for the blocks of a read.</summary>
    public long DiskTicks;

    /// <summary>Where a read began.</summary>
    public long ReadFrom;

    // A read in progress: the next block, and the one that waits to be sent.
    public bool IsRead;
    public long ReadOffset;
    public uint ReadRemaining;
    public int BlockStart;
    public int BlockBytes;

    /// <summary>Bytes of the extent that the block stands for; more than its data for a hole.</summary>
    public long BlockSpan;

    /// <summary>Bytes of one block, at most.</summary>
    public int ReadBlockBytes;

    /// <summary>Of a volume that is read past the page cache.</summary>
    public bool IsDirectRead;

    /// <summary>Bytes of the whole answer to a tiny repair read, data and holes together; 0 until its first packet.</summary>
    public ulong StreamBytes;

    /// <summary>What errors of this read begin with.</summary>
    public string ReadAction = ActionPrefixes.Read;

    /// <summary>What it is to the limits of its disk; null for what is not limited.</summary>
    public IoKind? Kind;

    /// <summary>Whose turn it takes on the threads of its disk.</summary>
    public IoClass Class;

    /// <summary>The token of a repair read is held.</summary>
    public NodeLimits? RepairToken;
    public long DiskRepairToken;

    /// <summary>The place of a repair read among those that its disk serves.</summary>
    public ServeTicket? Serving;

    /// <summary>A block of read data stands in the lease, header before it, and is due to be sent.</summary>
    public bool HasBlock;

    public ReadOnlySpan<byte> Data => Lease is null ? default : Lease.Data.Span[..(int)Header.DataBytes];

    public bool IsError => Result != ResultCode.Ok;

    public void Begin(in PacketHeader header, ReadOnlySpan<byte> arg)
    {
        Header = header;
        if (arg.Length > Arg.Length) Arg = new byte[arg.Length];
        arg.CopyTo(Arg);
        ArgBytes = arg.Length;
        Lease = null;
        Gate = null;
        Wait = null;
        Followers = [];
        TakenTiny = null;
        OpenParts = 0;
        IsDecided = LocalSucceeded = IsSilent = ClosesConnection = IsRead = IsOverwrite = IsLeaderRead = IsDirectRead = HasBlock = false;
        Result = ResultCode.None;
        Body = FollowerError = null;
        FailedFollower = -1;
        BegunAt = ReceivedAt = StartedAt = LocalEndedAt = DecidedAt = DiskTicks = 0;
        ReadFrom = header.ExtentOffset;
        ReadOffset = 0;
        ReadRemaining = 0;
        BlockStart = BlockBytes = 0;
        BlockSpan = 0;
        ReadBlockBytes = Preparation.ReadBlockBytes;
        StreamBytes = 0;
        ReadAction = ActionPrefixes.Read;
        Kind = null;
        Class = IoClass.Client;
    }

    /// <summary>Its moments, once it has ended.</summary>
    public RequestMarks Marks(long ended) => new(BegunAt, ReceivedAt, StartedAt, DiskTicks, LocalEndedAt, DecidedAt, ended);

    /// <summary>Decides success, with <paramref name="data"/> as Data of the reply.</summary>
    public void Succeed(byte[]? data = null)
    {
        Result = ResultCode.Ok;
        Body = data;
        IsDecided = true;
    }

    /// <summary>Decides an error whose code follows from its text, as every CubeFS peer derives it.</summary>
    public void Refuse(string action, string text) => Refuse(ErrorTexts.ToCode(text), ErrorTexts.Body(action, text));

    public void Refuse(ResultCode code, byte[] body)
    {
        Invariant.Check(code is not ResultCode.None and not ResultCode.Ok);
        Result = code;
        Body = body;
        IsDecided = true;
        // A connection that carries forwarded or forwarding writes is never used again after an error, and one that says "again" or
        // "limited" must not be hammered (data-plane 3.0). After a refused read or question it may go on.
        ClosesConnection = !IsRead && !IsQuestion(Header.Opcode) || code is ResultCode.Again or ResultCode.LimitedIo;
    }

    /// <summary>Gives back what the request holds. Called once, by whoever takes it out of the connection.</summary>
    public void Close()
    {
        if (TakenTiny is { } tiny) Gate!.Store.ReleaseTiny(tiny, succeeded: Result == ResultCode.Ok);
        TakenTiny = null;
        Lease?.Release();
        Lease = null;
        RepairToken?.RepairReads.Exit();
        RepairToken = null;
        Gate?.Limits.RepairRead.Return(DiskRepairToken);
        DiskRepairToken = 0;
        Serving?.Dispose();
        Serving = null;
        Gate?.Exit();
        Gate = null;
    }

    BufferLease IProposal.Lease => Lease!;
    int IProposal.CommandStart => BufferLease.HeadroomBytes - RandomWriteCommand.HeaderBytes;
    int IProposal.CommandBytes => RandomWriteCommand.HeaderBytes + (int)Header.Size;

    /// <summary>Puts the head of the command right before its data. The lease must not be shared yet.</summary>
    public void WriteCommand() => new RandomWriteCommand(Header.Opcode, Header.Extent, Header.ExtentOffset, Header.Size, Header.Crc)
        .WriteHeader(Lease!.Array.AsSpan(BufferLease.HeadroomBytes - RandomWriteCommand.HeaderBytes));

    void IProposal.ProposalEnded(ProposalOutcome outcome) => connection.OverwriteEnded(this, outcome);

    void ILeaderRead.LeaderReadDecided(bool granted) => connection.LeaderReadDecided(this, granted);

    private static bool IsQuestion(Opcode opcode) => opcode is Opcode.GetAllWatermarks or Opcode.GetPartitionSize or Opcode.GetMaxExtentIdAndPartitionSize
        or Opcode.GetAppliedId || Opcodes.IsRead(opcode) || Opcodes.IsAdmin(opcode) || Opcodes.IsRandomWrite(opcode);
}
