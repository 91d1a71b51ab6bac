using CubeActors.LoadGen;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Decommission;

/// <summary>Reads from one replica (0x06), as a client that reads followers does. One thread.</summary>
internal sealed class ReplicaReads(PartitionId partition, PacketLine line, Tally tally)
{
    private const byte Normal = ExtentTypes.Normal | ExtentTypes.ProtocolVersion;

    /// <returns>Null if all bytes are as they were written; else why not.</returns>
    public string? Differs(string address, ExtentId extent, ulong key, long bytes)
    {
        for (long at = 0; at < bytes;)
        {
            var step = (uint)Math.Min(bytes - at, DataPlane.BlockBytes - (at % DataPlane.BlockBytes));
            var answer = Ask(address, extent, at, step);
            if (!answer.IsOk) return $"a read at {at} was answered {answer}";
            if (answer.Header.ExtentOffset != at || answer.Data.Length != step) throw new TrialViolation($"crossed reply: {step} bytes at {at} of extent {extent} were asked for, {answer.Header} came");
            if (Crc32.Compute(answer.Data) != answer.Header.Crc) return $"the CRC of the bytes at {at} is wrong";
            if (Pattern.FirstDifference(answer.Data, key, at) is >= 0 and var difference) return $"another byte at {difference} is read than was written";
            at += step;
            tally.Add(Tally.ReadBytes, step);
        }

        tally.Add(Tally.Reads);
        return null;
    }

    /// <summary>Whether there is anything to read.</summary>
    public bool Answers(string address, ExtentId extent) => Ask(address, extent, 0, 1).IsOk;

    private Answer Ask(string address, ExtentId extent, long offset, uint bytes) =>
        line.Ask(address, new PacketHeader(Normal, Opcode.StreamFollowerRead, ResultCode.None, RemainingFollowers.None, 0, bytes, 0, partition, extent, offset, 0, (ulong)offset), [], []);
}
