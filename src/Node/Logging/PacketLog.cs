using CubeActors.Actors;
using CubeActors.Protocol;
using Serilog.Events;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>A line for each request in the log files, as far as somebody asked for it: at level debug, or by <c>cubeactors.log.packets</c>.</summary>
/// <remarks>
/// Source of the words and of what goes where: CubeFS datanode/wrap_operator.go OperatePacket and proto/packet.go LogMessage. It tells refusals as errors;
/// here most are what a client causes and copes with, and errors are what somebody has to act on.
/// </remarks>
internal sealed class PacketLog(ILogger log, LogLevels levels, PacketLines lines) : IPacketTrace
{
    private const string Request = "action[OperatePacket] id[Req({RequestId})_Partition({Partition})_Extent({Extent})_ExtentOffset({Offset})_Size({Size})_Opcode({Name:l})_CRC({Crc})_ResultMesg({Result:l})]"
        + " action[{Name:l}] isPrimaryBackReplLeader[{IsForwarded:l}] remote[{Remote:l}]";

    private const string Succeeded = Request + " cost[{Milliseconds}]";
    private const string Refused = Request + ", err[{Error:l}]";

    private readonly ILogger _reads = log.ForContext(LogLine.Kind, LogLine.Reads);
    private readonly ILogger _writes = log.ForContext(LogLine.Kind, LogLine.Writes);

    public bool Wants(bool isError) => levels.Switch.MinimumLevel <= LevelOf(isError);

    /// <summary>From which level on a request has a line, and the level of that line.</summary>
    private LogEventLevel LevelOf(bool isError) => (lines, isError) switch
    {
        (PacketLines.All, false) => LogEventLevel.Information,
        (PacketLines.All or PacketLines.Refused, true) => LogEventLevel.Warning,
        _ => LogEventLevel.Debug,
    };

    public void Answered(in AnsweredPacket packet)
    {
        var isError = packet.Error.Length > 0 || packet.Result != ResultCode.Ok;
        var target = isError ? log : Opcodes.IsRead(packet.Opcode) ? _reads : IsWrite(packet.Opcode) ? _writes : log;
        target.ForContext(LogFields.ConnectionName, packet.Connection).Write(
            LevelOf(isError), isError ? Refused : Succeeded, packet.RequestId, packet.Partition.Value, packet.Extent.Value, packet.ExtentOffset,
            packet.Size, packet.Name, packet.Crc, packet.Result.ToString(), packet.Name, packet.IsForwarded ? "true" : "false", packet.Remote,
            isError ? packet.Error : (long)packet.Took.TotalMilliseconds);
    }

    private static bool IsWrite(Opcode opcode) => Opcodes.IsAppend(opcode) || Opcodes.IsRandomWrite(opcode) || opcode is Opcode.MarkDelete or Opcode.SplitMarkDelete;
}
