// What crosses the bridge in the engine's own types: fields are copied, nothing is decided.
#include "CycloramaConvert.h"

namespace
{
	FName ModelOf(cyclorama::LensKind Kind)
	{
		switch (Kind)
		{
		case cyclorama::LensKind::BrownConradyUndistortedToDistorted:
			return FName(TEXT("Brown-Conrady U-D"));
		case cyclorama::LensKind::BrownConradyDistortedToUndistorted:
			return FName(TEXT("Brown-Conrady D-U"));
		default:
			return FName(TEXT("Spherical"));
		}
	}
}

bool CycloramaConvert::Has(uint32 Set, cyclorama::Known Known)
{
	return (Set & static_cast<uint32>(Known)) != 0;
}

FTransform CycloramaConvert::TransformOf(const cyclorama::Pose& Pose)
{
	return FTransform(FQuat(Pose.qx, Pose.qy, Pose.qz, Pose.qw), FVector(Pose.x, Pose.y, Pose.z));
}

bool CycloramaConvert::IsStale(const cyclorama::Pose& Pose)
{
	return (Pose.flags & static_cast<uint32>(cyclorama::PoseFlag::Stale)) != 0;
}

FQualifiedFrameTime CycloramaConvert::TimecodeOf(int64 Frame, uint32 Numerator, uint32 Denominator)
{
	return FQualifiedFrameTime(FFrameTime(FFrameNumber(static_cast<int32>(Frame))), FFrameRate(Numerator, Denominator));
}

void CycloramaConvert::CopyLens(const cyclorama::Details& From, FCycloramaLens& To)
{
	To.bFocalLength = Has(From.known, cyclorama::Known::FocalLength);
	To.bFieldOfView = Has(From.known, cyclorama::Known::FieldOfView);
	To.bAspectRatio = Has(From.known, cyclorama::Known::AspectRatio);
	To.bAperture = Has(From.known, cyclorama::Known::Aperture);
	To.bFocusDistance = Has(From.known, cyclorama::Known::FocusDistance);
	To.bSensor = Has(From.known, cyclorama::Known::Sensor);
	To.bModel = Has(From.known, cyclorama::Known::LensModel);
	To.FocalLength = static_cast<float>(From.focal_length_mm);
	To.FieldOfView = static_cast<float>(From.field_of_view_deg);
	To.AspectRatio = static_cast<float>(From.aspect_ratio);
	To.Aperture = static_cast<float>(From.aperture);
	To.FocusDistance = static_cast<float>(From.focus_distance_cm);
	To.SensorWidth = static_cast<float>(From.sensor_width_mm);
	To.SensorHeight = static_cast<float>(From.sensor_height_mm);
	To.Model = ModelOf(From.lens);
	To.FxFy = FVector2D(From.fx, From.fy);
	To.PrincipalPoint = FVector2D(From.cx, From.cy);
	To.Distortion.Reset();
	for (uint32 At = 0; At < From.distortion_count && At < From.distortion.size(); ++At)
	{
		To.Distortion.Add(static_cast<float>(From.distortion[At]));
	}
}
