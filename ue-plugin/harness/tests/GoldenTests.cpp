// Every golden vector of every protocol through a real port into Live Link, to the wire's last digit.
#include "Golden.h"
#include "Stage.h"

namespace
{
	const TCHAR* const OpenTrackIO = TEXT("protocol=opentrackio; bind=127.0.0.1:0; outliers=keep");
	const TCHAR* const Psn = TEXT("protocol=psn; bind=127.0.0.1:0; outliers=keep");
	const char* const Json = "{\"protocol\":{\"name\":\"OpenTrackIO\",\"version\":[1,0,1]},\"sourceId\":\"urn:uuid:1ac2a885-b9ef-4dca-8e2e-a189ea07e7aa\",\"sourceNumber\":1,\"transforms\":[{\"id\":\"Camera\",\"translation\":{\"x\":%.17g,\"y\":%.17g,\"z\":%.17g},\"rotation\":{\"pan\":%.17g,\"tilt\":%.17g,\"roll\":%.17g}}]}";

	/// One datagram of OpenTrackIO around a payload of JSON: the head's sixteen bytes end with a Fletcher-16 over the rest.
	std::string Packet(uint16 Sequence, const std::string& Payload)
	{
		std::string Made("OTrk\0\1", 6);
		const auto Two = [&](std::size_t Value) {
			Made += static_cast<char>(Value >> 8);
			Made += static_cast<char>(Value);
		};
		Two(Sequence);
		Two(0);
		Two(0);
		Two(0x8000 | Payload.size());
		unsigned First = 0, Second = 0;
		for (const char Byte : Made + Payload)
		{
			First = (First + static_cast<unsigned char>(Byte)) & 255;
			Second = (Second + First) & 255;
		}
		Made += static_cast<char>(Second);
		Made += static_cast<char>(First);
		return Made + Payload;
	}

	/// A vector as text that says `"Key": [a, b, c]`, from At on.
	FVector Three(const std::string& Text, const char* Key, std::size_t At)
	{
		const char* Place = Text.c_str() + Text.find('[', Text.find(std::string("\"") + Key + "\"", At)) + 1;
		double Values[3];
		for (double& Value : Values)
		{
			char* End = nullptr;
			Value = std::strtod(Place, &End);
			EXPECT(End != Place);
			Place = End + 1;
		}
		return FVector(Values[0], Values[1], Values[2]);
	}

	/// What every sample of SMPTE's generators says, whole or recommended, as JSON or CBOR.
	void ExpectGenerated(const Shim::FClient::FFrame& Frame, bool bComplete)
	{
		// A dolly, a crane on it and a camera on that, each at 1, 2, 3 m and turned by 180, 90, 45 degrees; the crane's
		// scale of 1, 2, 3 stretches where the camera is on it. Else the camera alone.
		const auto Step = Golden::FromStage(1, 2, 3, 180, 90, 45);
		const auto Camera = Golden::FromStage(1, 4, 9, 180, 90, 45);
		Golden::Expect(Frame.Data.Transform, bComplete ? Golden::Chain(Step, Golden::Chain(Step, Camera)) : Step, 1e-6, 1e-9);
		EXPECT_NEAR(Frame.Data.FocalLength, 24.305, 1e-5);
		EXPECT_NEAR(Frame.Data.Aperture, 4.0, 1e-6);
		EXPECT_NEAR(Frame.Data.FocusDistance, 1000.0, 1e-4);
		// 01:02:03:04, of which a day of 24000/1001 drops no label.
		EXPECT(Frame.Data.MetaData.SceneTime.Rate == (bComplete ? FFrameRate(24000, 1001) : FFrameRate(24, 1)));
		EXPECT(Frame.Data.MetaData.SceneTime.Time.GetFrame().Value == ((60 + 2) * 60 + 3) * 24 + 4);
	}
}

TEST(every_freed_packet_of_a_real_motion_arrives_to_the_last_digit_of_the_wire)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0; vendor=sony; outliers=keep"));
	const auto Packets = Harness::Datagrams("freed/derived_from_mosys_f4_first600.freed", 29);
	EXPECT(Packets.size() == 600);
	for (const auto& Packet : Packets)
	{
		Golden::Expect(Stage.Frame(Packet).Data.Transform, Golden::FromFreeD(Packet), 1e-9, 1e-9);
	}
	// What is known of the lens never changed, so Live Link's buffer was emptied once.
	EXPECT(Stage.Client.StaticPushes() == 1);
}

TEST(f4_arrives_as_the_makers_own_reading_of_it)
{
	FStage Stage(TEXT("protocol=f4; bind=127.0.0.1:0; outliers=keep"));
	const auto Rows = Golden::F4();
	const auto All = Harness::Datagrams("mosys_f4/dev_first600.f4")[0];
	const std::size_t Size = All.size() / 600;
	for (std::size_t At = 0; At < Rows.size(); ++At)
	{
		const std::string Packet = All.substr(At * Size, Size);
		const auto Frame = Stage.Frame(Packet);
		const auto Wire = Golden::FromF4Packet(Packet);
		Golden::Expect(Frame.Data.Transform, Wire.Pose, 1e-9, 1e-9);
		Golden::Expect(Frame.Data.Transform, Golden::FromF4(Rows[At]), 1e-9, 1e-9);
		// A sensor of 36 mm by 20.25 mm, as nobody says another.
		Golden::ExpectFloat(Frame.Data.FocalLength, Wire.Focal * 36.0 / 1920.0);
		Golden::ExpectFloat(Frame.Data.FieldOfView, 2 * std::atan(960.0 / Wire.Focal) * 180 / std::acos(-1.0));
		Golden::ExpectFloat(Frame.Data.FocusDistance, 100.0 / Wire.InverseFocus);
		EXPECT(Frame.Data.DistortionParameters.Num() == 5);
		Golden::ExpectFloat(Frame.Data.DistortionParameters[0], Wire.K1);
		Golden::ExpectFloat(Frame.Data.DistortionParameters[1], Wire.K2);
		EXPECT_NEAR(Frame.Data.PrincipalPoint.X, 0.5 + Wire.CentreX / 1920.0, 1e-12);
		EXPECT_NEAR(Frame.Data.PrincipalPoint.Y, 0.5 + Wire.CentreY / 1080.0, 1e-12);
		EXPECT_NEAR(Frame.Data.FxFy.X, Wire.Focal / 1920.0, 1e-12);
		EXPECT(Frame.Data.MetaData.SceneTime.Time.GetFrame().Value == Wire.Timecode);
		// 15:03:47:02 at 25, and on from there.
		EXPECT(Frame.Data.MetaData.SceneTime.Time.GetFrame().Value == ((15 * 60 + 3) * 60 + 47) * 25 + 2 + static_cast<int32>(At));
		EXPECT(Frame.Data.MetaData.SceneTime.Rate == FFrameRate(25, 1));
	}
	const auto Static = Stage.Client.Statics().begin()->second;
	EXPECT(Static.bIsFocalLengthSupported && Static.bIsFieldOfViewSupported && Static.bIsFocusDistanceSupported);
	EXPECT(!Static.bIsApertureSupported && !Static.bIsDepthOfFieldSupported);
	EXPECT_NEAR(Static.FilmBackWidth, 36.0, 1e-5);
	EXPECT(Static.LensModel == FName(TEXT("Spherical")));
	const auto Frame = Stage.Client.Frames()[0].Data;
	EXPECT(Frame.DistortionParameters.Num() == 5);
	EXPECT_NEAR(Frame.DistortionParameters[0], 0.15680991, 1e-6);
	EXPECT_NEAR(Frame.FxFy.X, Frame.FocalLength / 36.0, 1e-6);
	EXPECT_NEAR(Frame.FieldOfView, 2 * std::atan(18.0 / Frame.FocalLength) * 180 / std::acos(-1.0), 1e-4);
}

TEST(opentrackio_arrives_as_its_document_says)
{
	for (const std::string Kind : {"complete", "recommended"})
	{
		for (const std::string Form : {"dynamic.json", "dynamic.cbor", "static.json", "static.cbor"})
		{
			FStage Stage(OpenTrackIO);
			const std::string File = "opentrackio/" + Kind + "_" + Form + ".otrk";
			ExpectGenerated(Stage.Frame(Harness::Datagrams(File.c_str())[0]), Kind == "complete");
			const auto Static = Stage.Client.Statics().begin()->second;
			EXPECT(Static.bIsApertureSupported && Static.bIsFocusDistanceSupported && Static.bIsDepthOfFieldSupported);
			if (Form.find("static") == 0)
			{
				EXPECT_NEAR(Static.FilmBackWidth, 36.0, 1e-5);
				EXPECT_NEAR(Static.FilmBackHeight, 24.0, 1e-5);
			}
		}
	}
}

TEST(opentrackio_in_segments_arrives_once_they_are_all_there_whatever_their_order)
{
	for (const std::string Kind : {"complete_dynamic", "complete_static", "recommended_dynamic", "recommended_static"})
	{
		const std::string All = Harness::Datagrams(("opentrackio/" + Kind + ".json.seg3.otrk").c_str())[0];
		std::vector<std::string> Segments;
		for (std::size_t At = 0; At < All.size();)
		{
			const std::size_t Size = static_cast<std::size_t>(static_cast<unsigned char>(All[At])) << 8 | static_cast<unsigned char>(All[At + 1]);
			Segments.push_back(All.substr(At + 2, Size));
			At += 2 + Size;
		}
		EXPECT(Segments.size() == 3);
		for (const std::size_t First : {std::size_t(0), std::size_t(1), std::size_t(2)})
		{
			FStage Stage(OpenTrackIO);
			Harness::Send(Stage.Port, Segments[First]);
			Harness::Send(Stage.Port, Segments[(First + 1) % 3]);
			ExpectGenerated(Stage.Frame(Segments[(First + 2) % 3]), Kind.find("complete") == 0);
		}
	}
}

TEST(poses_worked_out_by_hand_point_where_unreal_points)
{
	const std::string Text = Harness::Datagrams("opentrackio/coord_examples.json")[0];
	FStage Stage(OpenTrackIO);
	uint16 Sequence = 0;
	for (std::size_t At = Text.find("\"otrk\""); At != std::string::npos; At = Text.find("\"otrk\"", At + 1))
	{
		double Said[6];
		std::size_t Place = At;
		for (std::size_t Number = 0; Number < 6; ++Number)
		{
			const char* const Keys[] = {"\"x\"", "\"y\"", "\"z\"", "\"pan\"", "\"tilt\"", "\"roll\""};
			Place = Text.find(':', Text.find(Keys[Number], Place)) + 1;
			Said[Number] = std::strtod(Text.c_str() + Place, nullptr);
		}
		char Payload[1024];
		std::snprintf(Payload, sizeof(Payload), Json, Said[0], Said[1], Said[2], Said[3], Said[4], Said[5]);
		const auto Frame = Stage.Frame(Packet(Sequence++, Payload));
		const FVector Turned = Three(Text, "ue_rot_pitch_yaw_roll", At);
		Golden::Expect(Frame.Data.Transform, FTransform(Golden::FromRotator(Turned.X, Turned.Y, Turned.Z), Three(Text, "ue_cm", At)), 1e-9, 1e-9);
		// And by its axes, which no convention of angles can hide.
		const FTransform Here(Frame.Data.Transform.GetRotation(), FVector(0, 0, 0));
		const std::pair<const char*, FVector> Axes[] = {{"ue_forward", FVector(1, 0, 0)}, {"ue_right", FVector(0, 1, 0)}, {"ue_up", FVector(0, 0, 1)}};
		for (const auto& [Key, Axis] : Axes)
		{
			const FVector Got = Golden::Chain(Here, FTransform(FQuat(0, 0, 0, 1), Axis)).GetTranslation(), Wanted = Three(Text, Key, At);
			EXPECT_NEAR(Got.X, Wanted.X, 1e-8);
			EXPECT_NEAR(Got.Y, Wanted.Y, 1e-8);
			EXPECT_NEAR(Got.Z, Wanted.Z, 1e-8);
		}
	}
	EXPECT(Sequence == 5);
}

TEST(posistagenet_arrives_as_its_document_says)
{
	for (const char* File : {"psn/vyv_1trackers_data_0.psn", "psn/vyv_8trackers_data_0.psn", "psn/jwetzell_decode_1_data.psn", "psn/jwetzell_encode_3_data.psn"})
	{
		FStage Stage(Psn);
		const auto Bytes = Harness::Datagrams(File)[0];
		const auto Wanted = Golden::FromPsn(Bytes);
		EXPECT(Wanted.size() == (std::string(File).find("8trackers") == std::string::npos ? 1u : 8u));
		Harness::Send(Stage.Port, Bytes);
		EXPECT(Stage.Client.WaitForFrames(static_cast<int32>(Wanted.size()), 5.0));
		for (const auto& Frame : Stage.Client.Frames())
		{
			// The subject is called after the tracker's number.
			const std::string Name = Harness::Utf8(Frame.Subject.ToString());
			Golden::Expect(Frame.Data.Transform, Wanted.at(std::atoi(Name.c_str() + Name.find_last_of(':') + 1)), 1e-9, 1e-9);
		}
		EXPECT(Stage.Client.Frames().size() == Wanted.size());
	}
}
