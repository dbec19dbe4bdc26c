//! Images of another size, points of a grid and normalizations, with their gradients, against PyTorch 2.15.
//!
//! What the numbers are is said in `wengert_tests::facts`.

use wengert::prelude::*;
use wengert::{GridMode, GridPadding, GridSampleOptions, Interpolation};
use wengert_tests::facts::{check, wave};

fn shape_of(axes: usize) -> &'static [usize] {
    [&[2, 2, 5][..], &[1, 2, 3, 4], &[1, 2, 3, 2, 4]][axes - 1]
}

/// `F.interpolate(wave(shape, 0.0), size=size, scale_factor=factors, mode=mode, align_corners=align)`
#[test]
fn images_of_another_size() {
    type Case = (&'static [usize], &'static [f64], &'static str, bool);
    let facts: &[(Case, &[f64])] = &[
        ((&[7], &[], "nearest", false), &[-1.260235382631147, 1.0098975967509851]),
        ((&[7], &[], "nearest-exact", false), &[-1.3857669818675789, 1.4220426596442597]),
        ((&[7], &[], "linear", false), &[-1.4027496929251573, 1.4460008285883874]),
        ((&[7], &[], "linear", true), &[-1.3762608038194646, 1.3738918775615767]),
        ((&[7], &[], "area", false), &[-1.3715077147954073, 1.349816486520234]),
        ((&[3], &[], "nearest", false), &[-0.18735955815576688, 0.32183417589247987]),
        ((&[3], &[], "nearest-exact", false), &[-0.15627878416579083, -0.15242252577425097]),
        ((&[3], &[], "linear", false), &[0.152232347810421, 0.47862087569613027]),
        ((&[3], &[], "linear", true), &[-0.15627878416579083, -0.15242252577425097]),
        ((&[3], &[], "area", false), &[0.20501205569679284, 0.5798355158007159]),
        ((&[5, 6], &[], "nearest", false), &[14.605422883285383, -9.796104127695584]),
        ((&[5, 6], &[], "nearest-exact", false), &[9.398408474228393, -4.371821622338102]),
        ((&[5, 6], &[], "linear", false), &[6.396421400627786, -1.7483828728298707]),
        ((&[5, 6], &[], "linear", true), &[5.941305891967102, -1.4723141293853377]),
        ((&[5, 6], &[], "cubic", false), &[7.000603446973654, -1.9643449740652446]),
        ((&[5, 6], &[], "cubic", true), &[5.534012021089177, -1.3679413569860575]),
        ((&[5, 6], &[], "area", false), &[6.131855147669661, -1.688990140558258]),
        ((&[2, 3], &[], "nearest", false), &[-0.02543972397840763, 3.56707742707409]),
        ((&[2, 3], &[], "nearest-exact", false), &[0.1631036529199461, -0.08179372477109204]),
        ((&[2, 3], &[], "linear", false), &[0.6533452938931472, -0.02065111244815865]),
        ((&[2, 3], &[], "linear", true), &[0.33002337189048714, 0.41482474924221235]),
        ((&[2, 3], &[], "cubic", false), &[0.7753157346259104, -0.09985202947476512]),
        ((&[2, 3], &[], "cubic", true), &[0.4339999047795062, 0.42075322057897946]),
        ((&[2, 3], &[], "area", false), &[0.7648803100922512, -0.4420524401640964]),
        ((&[5, 3, 2], &[], "nearest", false), &[2.8128974774986633, -1.6993084444871585]),
        ((&[5, 3, 2], &[], "nearest-exact", false), &[-1.4746345149901159, -0.23547242445219596]),
        ((&[5, 3, 2], &[], "linear", false), &[0.6249731336943343, -1.6126649548866898]),
        ((&[5, 3, 2], &[], "linear", true), &[0.8669766806849661, -1.606282915952533]),
        ((&[5, 3, 2], &[], "area", false), &[0.8743227641032103, -1.8354725851751426]),
        ((&[], &[1.7], "nearest", false), &[-1.6821457441922434, 3.1093474622340587]),
        ((&[], &[1.7], "nearest-exact", false), &[-1.2488527725329432, 3.124805658349926]),
        ((&[], &[1.7], "linear", false), &[-1.1106696254893456, 2.9191787603979]),
        ((&[], &[2.4, 0.7], "nearest", false), &[-0.7159782150414058, 8.594314954672216]),
        ((&[], &[2.4, 0.7], "nearest-exact", false), &[-1.7132420084526856, 8.704145930255244]),
        ((&[], &[2.4, 0.7], "linear", false), &[-1.1783337597001793, 7.30500231942688]),
        ((&[], &[2.4, 0.7], "cubic", false), &[-1.4718351216772223, 8.531095920827646]),
        ((&[], &[0.6, 1.5], "nearest", false), &[-3.2032066430081874, 2.816051348806846]),
        ((&[], &[0.6, 1.5], "nearest-exact", false), &[-2.797108849253667, 3.0678243055763588]),
        ((&[], &[0.6, 1.5], "linear", false), &[-0.8662462122429733, 1.0874563008702514]),
        ((&[], &[0.6, 1.5], "cubic", false), &[-0.668219735362273, 1.0147312063193594]),
    ];
    for &((size, factors, mode, align_corners), numbers) in facts {
        let mode = match mode {
            "nearest" => Interpolation::Nearest,
            "nearest-exact" => Interpolation::NearestExact,
            "linear" => Interpolation::Linear { align_corners },
            "cubic" => Interpolation::Cubic { align_corners },
            _ => Interpolation::Area,
        };
        let x = wave(shape_of(size.len().max(factors.len())), 0.0);
        let what = format!("{mode:?} to {size:?} {factors:?}");
        check(&what, &[x], numbers, |x| {
            if factors.is_empty() {
                x[0].interpolate(size, mode)
            } else {
                x[0].interpolate_scaled(factors, mode)
            }
        });
    }
}

/// `F.grid_sample(wave((2, 2, 3, 4), 0.0), 1.6 * wave((2, 3, 5, 2), 0.4), mode, padding, align)`
#[test]
fn points_of_a_grid() {
    type Case = (&'static str, &'static str, bool);
    let facts: &[(Case, &[f64])] = &[
        (("bilinear", "zeros", false), &[0.9279137302553979, -1.968201530065224, -1.861601170263241]),
        (("bilinear", "zeros", true), &[0.9069505802848046, -1.6564955496831137, -3.2683044707577134]),
        (("bilinear", "border", false), &[3.4202162247583523, -3.531329518407473, -2.363037777775629]),
        (("bilinear", "border", true), &[2.0852113157122876, -2.034560882427092, -7.2251785773401815]),
        (("bilinear", "reflection", false), &[2.6269232162864142, -2.6916158900628506, -8.052597928266762]),
        (("bilinear", "reflection", true), &[0.4612940301412806, -0.958660130047978, -12.137161732420878]),
        (("bicubic", "zeros", false), &[0.7157421717051328, -2.1977413262946572, -3.8076374033326728]),
        (("bicubic", "zeros", true), &[1.407925128304083, -2.5820739713568734, 0.18988768143331658]),
        (("bicubic", "border", false), &[3.6812092153509433, -4.7868445481651145, -1.9977466791061413]),
        (("bicubic", "border", true), &[2.243341087111503, -2.7865396597913143, -4.897071584408486]),
        (("bicubic", "reflection", false), &[3.2355699994006706, -3.8252584142596566, -11.04282019521324]),
        (("bicubic", "reflection", true), &[0.9495569710349214, -2.265313714244012, -9.877628438804463]),
        (("nearest", "zeros", false), &[-0.11156280399448915, -3.2208452651114783]),
        (("nearest", "zeros", true), &[1.2864147510191315, -5.656639902146749]),
        (("nearest", "border", false), &[1.909965741359699, -4.199024020044515]),
        (("nearest", "border", true), &[1.5158498941642198, -5.990575394014574]),
        (("nearest", "reflection", false), &[-0.07430415016072978, -1.9653867265694867]),
        (("nearest", "reflection", true), &[3.238773362961411, -4.404574422090477]),
    ];
    let (x, grid) = (wave([2, 2, 3, 4], 0.0), wave([2, 3, 5, 2], 0.4).map(|g| 1.6 * g));
    for &((mode, padding, align_corners), numbers) in facts {
        let padding = match padding {
            "zeros" => GridPadding::Zeros,
            "border" => GridPadding::Border,
            _ => GridPadding::Reflection,
        };
        let (x, grid) = (x.clone(), grid.clone());
        let what = format!("{mode} {padding:?} {align_corners}");
        let mode = match mode {
            "bilinear" => GridMode::Bilinear,
            "bicubic" => GridMode::Bicubic,
            _ => GridMode::Nearest,
        };
        sampled(&what, [x, grid], &GridSampleOptions { mode, padding, align_corners }, numbers);
    }
}

/// By the nearest cell, of the image alone: the grid has no gradient there.
fn sampled(what: &str, [x, grid]: [Tensor<f64>; 2], options: &GridSampleOptions, numbers: &[f64]) {
    if options.mode == GridMode::Nearest {
        check(what, &[x], numbers, |x| x[0].grid_sample(x[0].tape().constant(&grid), options));
    } else {
        check(what, &[x, grid], numbers, |x| x[0].grid_sample(x[1], options));
    }
}

/// `F.grid_sample(wave((2, 2, 3, 2, 4), 0.0), 1.2 * wave((2, 2, 3, 4, 3), 0.4), mode, padding, align)`
#[test]
fn points_in_volumes() {
    type Case = (GridMode, GridPadding, bool);
    use {GridMode::*, GridPadding::*};
    let facts: &[(Case, &[f64])] = &[
        ((Bilinear, Zeros, false), &[0.2620977055313506, -0.3866463401719434, 0.9880992928643249]),
        ((Bilinear, Zeros, true), &[0.3680711245221395, -1.516200821066604, 0.21303150257475312]),
        ((Bilinear, Border, false), &[-0.05280167310570971, -1.4449772759407886, 0.42970200079278564]),
        ((Bilinear, Border, true), &[0.26810216370781803, -1.6889003025379967, 0.3827085935371539]),
        ((Bilinear, Reflection, false), &[-0.05280167310570971, -1.4449772759407886, 0.42970200079278564]),
        ((Bilinear, Reflection, true), &[-0.14381209969068331, -1.1103620722479302, 1.3241715560119813]),
        ((Nearest, Zeros, false), &[0.7681387927819665, -1.6805109120594013]),
        ((Nearest, Zeros, true), &[0.7107559312062581, -2.3516052920716475]),
        ((Nearest, Border, false), &[1.4813413318724225, -3.3371424968613237]),
        ((Nearest, Border, true), &[0.7107559312062581, -2.3516052920716475]),
        ((Nearest, Reflection, false), &[1.4813413318724225, -3.3371424968613237]),
        ((Nearest, Reflection, true), &[0.7107559312062581, -2.3516052920716475]),
    ];
    for &((mode, padding, align_corners), numbers) in facts {
        let operands = [wave([2, 2, 3, 2, 4], 0.0), wave([2, 2, 3, 4, 3], 0.4).map(|g| 1.2 * g)];
        let what = format!("{mode:?} {padding:?} {align_corners}");
        sampled(&what, operands, &GridSampleOptions { mode, padding, align_corners }, numbers);
    }
}

/// `F.affine_grid(wave((2, 2, 3), 0.2), (2, 1, 3, 4), align)` and `F.affine_grid(wave((2, 3, 4), 0.2), (2, 1, 2, 3, 4), align)`
#[test]
fn affine_grids() {
    let facts: [(bool, &[f64]); 2] =
        [(false, &[-4.593948415232774, 2.919005660802581]), (true, &[-6.637459380340302, 4.2757842453601])];
    for (align_corners, numbers) in facts {
        check("affine_grid", &[wave([2, 2, 3], 0.2)], numbers, |x| x[0].affine_grid([3, 4], align_corners));
    }
    let facts: [(bool, &[f64]); 2] = [
        (false, &[-0.578485153445957, 0.2950547514798141]),
        (true, &[-0.8770726228097478, 0.44578936142099435]),
    ];
    for (align_corners, numbers) in facts {
        check("of a volume", &[wave([2, 3, 4], 0.2)], numbers, |x| {
            x[0].affine_grid([2, 3, 4], align_corners)
        });
    }
}

/// With `x = wave((3, 4, 5), 0.0)`, weights `wave(shape, 0.4)`, biases `wave(shape, 1.1)` and `eps = 0.01`; statistics
/// `wave((4,), 0.7)` and `wave((4,), 0.1)**2 + 0.5`; `F.local_response_norm(x, n, 0.5, 0.75, 1.2)`.
#[test]
fn normalizations() {
    let (x, w, b) = (wave([3, 4, 5], 0.0), |s: &[usize]| wave(s, 0.4), |s: &[usize]| wave(s, 1.1));
    let all = |s: &[usize]| [x.clone(), w(s), b(s)];
    let facts = [14.203588310664909, 7.349502017942774, 2.808215935521048, -1.4485950278058688];
    check("batch_norm", &all(&[4]), &facts, |x| x[0].batch_norm(Some(x[1]), Some(x[2]), 0.01).y);
    let facts = [9.665697191385195, -2.189406475916489, 4.546097199500905, -1.4485950278058688];
    check("batch_norm_with", &all(&[4]), &facts, |x| {
        let tape = x[0].tape();
        let [mean, root] = [0.7, 0.1].map(|phase| tape.constant(wave([4], phase)));
        x[0].batch_norm_with(mean, root * root + 0.5, Some(x[1]), Some(x[2]), 0.01)
    });
    let facts = [8.454221764663664, 7.739386304754966, -9.054027484335533, 0.733649537678424];
    check("layer_norm", &all(&[5]), &facts, |x| x[0].layer_norm([5], Some(x[1]), Some(x[2]), 0.01));
    let facts = [5.032093937112874, -0.8460083275140206, 0.8568156268511972, 12.52323498784076];
    check("layer_norm", &all(&[4, 5]), &facts, |x| x[0].layer_norm([4, 5], Some(x[1]), Some(x[2]), 0.01));
    let facts = [14.824519252737629, 8.237647161131939, 2.356819215808015, -1.4485950278058688];
    check("group_norm", &all(&[4]), &facts, |x| x[0].group_norm(2, Some(x[1]), Some(x[2]), 0.01));
    let facts = [12.830031101244103, 7.819892549707262, -0.24922831006015045, -1.4485950278058688];
    check("instance_norm", &all(&[4]), &facts, |x| x[0].instance_norm(Some(x[1]), Some(x[2]), 0.01));
    let facts = [14.031963721559862, 5.361510119530889, -3.819519932486014];
    check("rms_norm", &all(&[5])[..2], &facts, |x| x[0].rms_norm([5], Some(x[1]), 0.01));
    let facts = [16.15737295911977, 6.715355414017287, 11.99002759321917, 1.1949641509649527];
    let images = [wave([2, 3, 2, 4], 0.0), w(&[3]), b(&[3])];
    check("instance_norm", &images, &facts, |x| x[0].instance_norm(Some(x[1]), Some(x[2]), 0.01));
    let facts = [1.6892308381058698, 1.341069335262601, 2.030007430923997];
    check("rms_norm", &all(&[4, 5])[..2], &facts, |x| x[0].rms_norm([4, 5], Some(x[1]), 0.01));
    for (n, facts) in
        [(3, [12.005456344466591, 0.14185606129454179]), (4, [12.40016801133218, -0.31933447348756283])]
    {
        check("local_response_norm", &all(&[4])[..1], &facts, |x| {
            x[0].local_response_norm(n, 0.5, 0.75, 1.2)
        });
    }
}

#[test]
fn a_plan_looks_at_the_grid_of_each_run() {
    let at = |k: u64| {
        let (x, g) =
            (Key::new(k).uniform::<f64>([2, 2, 3, 4]), Key::new(k + 10).uniform::<f64>([2, 3, 5, 2]));
        (x, g.map(|g| 3.0 * g - 1.5))
    };
    for padding in [GridPadding::Zeros, GridPadding::Border, GridPadding::Reflection] {
        let options = GridSampleOptions { padding, ..GridSampleOptions::default() };
        let outputs = |tape: &Tape<f64>, (x, g): &(Tensor<f64>, Tensor<f64>)| {
            let (x, g) = (tape.leaf(x), tape.leaf(g));
            let y = x.grid_sample(g, &options);
            let d = (y * y).sum().grad(&[x, g]);
            let second = (d[0].sum() + d[1].square().sum()).grad(&[x, g]);
            let plan = tape.compile(&[x, g], &[y, d[0], d[1], second[0], second[1]]).expect("compiles");
            let values = [y, d[0], d[1], second[0], second[1]].map(|v| v.value().to_vec());
            (plan, values)
        };
        let tape = Tape::new();
        let (plan, _) = outputs(&tape, &at(0));
        for k in 0..3 {
            let given = at(k);
            let fresh = Tape::new();
            let (_, expected) = outputs(&fresh, &given);
            let mut workspace = plan.workspace();
            let got = plan.run(&mut workspace, &[&given.0, &given.1]).expect("runs");
            for (got, expected) in got.iter().zip(expected) {
                assert_eq!(got.to_vec(), expected, "{padding:?}, run {k}");
            }
        }
    }
}
