using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>How much data an answer may bring.</summary>
/// <param name="Least">Bytes.</param>
/// <param name="Most">Bytes.</param>
/// <param name="Step">The length is a multiple of this; above 0.</param>
internal readonly record struct AnswerBytes(int Least, int Most, int Step = 1)
{
    /// <summary>To what is told, not asked.</summary>
    public static readonly AnswerBytes None = new(0, 0);

    /// <summary>An applied id.</summary>
    public static readonly AnswerBytes OneNumber = new(NumberBody.OneBytes, NumberBody.OneBytes);

    /// <summary>A largest extent id and a size.</summary>
    public static readonly AnswerBytes TwoNumbers = new(NumberBody.TwoBytes, NumberBody.TwoBytes);

    /// <summary>Two sizes, of which old nodes send the first alone.</summary>
    public static readonly AnswerBytes OneOrTwoNumbers = new(NumberBody.OneBytes, NumberBody.TwoBytes, NumberBody.OneBytes);

    public static AnswerBytes UpTo(int most) => new(0, most);

    public bool Allow(uint bytes) => bytes >= Least && bytes <= Most && bytes % Step == 0;

    public override string ToString() => Least == Most ? $"{Least}" : $"{Least} to {Most}";
}
